#!/usr/bin/env bash
# The commands of docs/operations.md, from an empty folder to a restored database and a new publish key,
# with the real programs on this machine. With HOSHO_TEST_DATABASE=postgres://… (.ci/postgres starts a
# server) it goes on with two nodes of the confirmation service on that server. Everything happens in
# a folder that is thrown away; anything but the expected answer ends it with an error.
#
#   docs/drills/services.sh
#   .ci/postgres docs/drills/services.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v curl >/dev/null || { echo 'services: curl is missing: install it' >&2; exit 1; }
[ -n "${HOSHO_BUILT:-}" ] || cargo build --quiet --locked -p hosho-issue -p hosho-verify -p hosho-portal -p hosho-confirm
programs=$PWD/${CARGO_TARGET_DIR:-target}/debug
case ${CARGO_TARGET_DIR:-} in /*) programs=$CARGO_TARGET_DIR/debug ;; esac
requests=$PWD/samples/requests
base=$((24000 + RANDOM % 4000)) # below the ports that the system gives to clients
portal=127.0.0.1:$base confirm=127.0.0.1:$((base + 2)) second=127.0.0.1:$((base + 4))
metrics() { printf '127.0.0.1:%s' $((${1##*:} + 1)); }

work=$(mktemp -d)
started=()
stop_all() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop_all EXIT
cd "$work"
umask 077

said=
fail() { echo "services: $*" >&2; exit 1; }
step() { # EXIT-CODE COMMAND..: runs it, keeps what it said, and expects this exit code
  local expected=$1 code=0
  shift
  printf '$ %s\n' "$*"
  said=$("$programs/$1" --lang en "${@:2}" 2>&1) || code=$?
  [ -z "$said" ] || printf '%s\n' "$said" | head -n 12
  [ "$code" = "$expected" ] || fail "exit code $code, expected $expected: $said"
}
told() { grep -qF -- "$1" <<<"$said" || fail "expected: $1"; }
start() { # ADDRESS COMMAND..: starts a service and returns when it is ready
  local address=$1
  shift
  printf '$ %s &\n' "$*"
  "$programs/$1" --lang en "${@:2}" >>"$1.log" 2>&1 &
  started+=($!)
  for _ in $(seq 200); do
    ! curl -fs "http://$(metrics "$address")/readyz" >/dev/null || return 0
    kill -0 "$!" 2>/dev/null || { cat "$1.log" >&2; fail "$1 ended"; }
    sleep 0.1
  done
  fail "$1 is not ready"
}
stop() { # the service that was started last ends by itself, and well, when it is asked to
  local pid=${started[-1]} code=0
  kill -TERM "$pid"
  wait "$pid" || code=$?
  [ "$code" = 0 ] || fail "a service ended with $code"
  unset 'started[-1]'
}
asks() { # ADDRESS STATUS BODY-FILE: opens by the API of the confirmation service
  local status
  status=$(curl -s -o answer -w '%{http_code}' -H 'content-type: application/json' --data-binary "@$3" "http://$1/api/v1/open")
  [ "$status" = "$2" ] || { cat answer >&2; fail "opening: $status, expected $2"; }
  printf 'POST /api/v1/open: %s\n' "$status"
}
body() { # NUMBER: number and key for the API, in a file and never an argument
  { printf '{"number":"%s","auth_key":"' "$1"; tr -d '\n' <"out/$1.auth-key"; printf '"}'; } >"$1.json"
}
restored() { # BODY-FILE: the database is an earlier one: refused, accepted, made whole by the worker
  step 1 hosho-confirm serve confirm.toml
  told E10-RESTORED
  start "$confirm" hosho-confirm serve confirm.toml --accept-restored
  asks "$confirm" 404 "$1"
  step 0 hosho-issue work home --config worker.toml --once --everything
  asks "$confirm" 200 "$1"
}
first=31-07-1-0000123-9 later=31-07-1-0000145-2 services=31-08-1-0000057-7

echo '# The guarantor: a home, a key to publish with, the bundle that services pin.'
step 0 hosho-issue init home --guarantor 架空みらい建設業保証株式会社
step 0 hosho-issue high-water home --apart home.mark
step 0 hosho-issue rotate-key home --role publish
step 0 hosho-issue bundle home --out trust.hosho
step 0 hosho-verify trust show trust.hosho
step 0 hosho-issue issue home --request "$requests/G01-1.json" --out out

echo '# The services: keys, configurations, what is wrong with them.'
step 0 hosho-portal reveal-key reveal.key
step 1 hosho-portal reveal-key reveal.key
told E1-EXISTS
step 0 hosho-confirm mail-key mail.key
mkdir mail
cat >portal.toml <<TOML
listen = "$portal"
metrics = "$(metrics "$portal")"
audience = "portal.example"
database = "sqlite://$work/portal.db"
high_water = "$work/portal.mark"
guarantor = "$work/trust.hosho"
reveal_key = "$work/reveal.key"
owner = "架空みらい建設業保証株式会社"
number = { office = "31" }
[terms]
advance = "前払金保証約款"
interim = "前払金保証約款"
performance = "前払金保証約款及び契約保証特約"
[mail]
folder = "$work/mail"
from = "portal@portal.example"
TOML
confirm_toml() { # ADDRESS DATABASE-LINE
  cat <<TOML
listen = "$1"
metrics = "$(metrics "$1")"
audience = "confirm.example"
$2
high_water = "$work/confirm-${1##*:}.mark"
trust = ["$work/trust.hosho"]
mail_key = "$work/mail.key"
[mail]
folder = "$work/mail"
from = "confirm@confirm.example"
TOML
}
confirm_toml "$confirm" "database = \"sqlite://$work/confirm.db\"" >confirm.toml
cat >worker.toml <<TOML
worker = "worker-1"
portal = { url = "http://$portal", audience = "portal.example" }
confirm = [{ url = "http://$confirm", audience = "confirm.example" }]
TOML
step 0 hosho-portal check-config portal.toml
step 0 hosho-confirm check-config confirm.toml
chmod 644 mail.key
step 2 hosho-confirm check-config confirm.toml
told 'chmod 600'
chmod 600 mail.key
sed "s/^listen.*/listen = \"0.0.0.0:$base\"/" confirm.toml >open.toml
step 2 hosho-confirm check-config open.toml
told 'behind_proxy'

echo '# People: a first administrator, a contractor with an account, an obligee that accepts certificates.'
start "$portal" hosho-portal serve portal.toml
od -An -N12 -tx1 /dev/urandom | tr -d ' ' >first-password
step 0 hosho-portal account add portal.toml hanako --name '架空 花子' --role administrator --role clerk --password-file first-password
step 0 hosho-portal account add portal.toml taro --name '架空 太郎' --role approver --password-file first-password
step 0 hosho-portal account add portal.toml choko --name '架空 長子' --role director --password-file first-password
step 0 hosho-portal contractor add portal.toml --name 株式会社青嶺架空土建 --representative '代表取締役 相良 健吾' \
  --address 瑞穂県青嶺市港北三丁目12番8号 --mail keiri@example.jp
step 0 hosho-portal account add portal.toml aomine --name '相良 健吾' --contractor "${said%%$'\t'*}" --password-file first-password
step 0 hosho-portal obligee add portal.toml --name 瑞穂県 --representative '瑞穂県知事 架空 一郎' --accepts advance=2026-04-01
step 0 hosho-portal backup portal.toml portal-backup.db
stop

echo '# What the home has already issued is published; number and key open it.'
start "$portal" hosho-portal serve portal.toml
start "$confirm" hosho-confirm serve confirm.toml
step 0 hosho-issue work home --config worker.toml --once
body $first
asks "$confirm" 200 $first.json
grep -q '"verdict"' answer || fail 'no verdict in the answer'
curl -fs "http://$(metrics "$confirm")/metrics" | grep '^hosho_http_requests_total' | head -n 3

echo '# A backup, then a guarantee more: the backup alone is refused, and made whole by the worker.'
step 0 hosho-confirm backup confirm.toml confirm-backup.db
step 0 hosho-issue issue home --request "$requests/G04-1.json" --out out
step 0 hosho-issue work home --config worker.toml --once
body $later
asks "$confirm" 200 $later.json
stop
rm -f confirm.db confirm.db-wal confirm.db-shm
cp confirm-backup.db confirm.db
restored $later.json
asks "$confirm" 200 $first.json

echo '# A new key to publish with: the worker brings the bundle that says so.'
step 0 hosho-issue rotate-key home --role publish
step 0 hosho-issue work home --config worker.toml --once
step 0 hosho-issue rekey home $first --out out
step 0 hosho-issue work home --config worker.toml --once
asks "$confirm" 404 $first.json
{ printf '{"number":"%s","auth_key":"' $first; tr -d '\n' <out/$first.k2.auth-key; printf '"}'; } >new.json
asks "$confirm" 200 new.json
stop

if [ -n "${HOSHO_TEST_DATABASE:-}" ]; then
  echo '# Two nodes of the confirmation service on one PostgreSQL.'
  printf '%s\n' "$HOSHO_TEST_DATABASE" >database-url
  rm confirm-*.mark # the marks of the database that is left behind
  confirm_toml "$confirm" "database_url_file = \"$work/database-url\"" >confirm.toml
  confirm_toml "$second" "database_url_file = \"$work/database-url\"" >second.toml
  start "$confirm" hosho-confirm serve confirm.toml
  start "$second" hosho-confirm serve second.toml
  step 0 hosho-issue work home --config worker.toml --once --everything
  asks "$confirm" 200 new.json
  asks "$second" 200 new.json
  asks "$second" 404 $first.json
  step 1 hosho-confirm backup second.toml second-backup.db
  stop
  asks "$confirm" 200 $later.json

  echo '# The same with a backup by pg_dump: put back, refused, and made whole by the worker.'
  pg_dump --format=custom --file=confirm.dump "$HOSHO_TEST_DATABASE"
  step 0 hosho-issue issue home --request "$requests/G08-1.json" --out out
  step 0 hosho-issue work home --config worker.toml --once
  body $services
  asks "$confirm" 200 $services.json
  stop
  pg_restore --clean --if-exists --single-transaction --dbname="$HOSHO_TEST_DATABASE" confirm.dump
  restored $services.json
  stop
fi

echo '# The portal: a password set again, an account disabled, a backup that was put back.'
stop
step 0 hosho-portal account password portal.toml aomine --password-file first-password
step 0 hosho-portal account disable portal.toml aomine
rm -f portal.db portal.db-wal portal.db-shm
cp portal-backup.db portal.db
step 1 hosho-portal serve portal.toml
told E10-RESTORED
start "$portal" hosho-portal serve portal.toml --accept-restored
stop
step 0 hosho-issue journal home

for file in *.log; do
  for key in out/*.auth-key; do
    ! grep -qFf "$key" "$file" || fail "an auth key stands in $file"
  done
done
echo 'services: every answer was the expected one'
