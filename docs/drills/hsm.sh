#!/usr/bin/env bash
# A guarantor's certificate and status keys on a PKCS#11 token; SoftHSM (Debian: softhsm2) takes the
# place of an HSM. What its keys sign is verified by the plain verifier. Everything happens in a
# folder that is thrown away; anything but the expected answer ends it with an error.
#
#   docs/drills/hsm.sh [MODULE]
set -euo pipefail
cd "$(dirname "$0")/../.."
module=${1:-/usr/lib/softhsm/libsofthsm2.so}
[ -f "$module" ] || { echo "hsm: $module is missing: install softhsm2, or name the module" >&2; exit 1; }
[ -n "${HOSHO_BUILT:-}" ] || cargo build --quiet --locked -p hosho-issue -p hosho-verify
programs=$PWD/${CARGO_TARGET_DIR:-target}/debug
case ${CARGO_TARGET_DIR:-} in /*) programs=$CARGO_TARGET_DIR/debug ;; esac
request=$PWD/samples/requests/G01-1.json

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
umask 077
mkdir tokens
export SOFTHSM2_CONF=$work/softhsm2.conf
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$work/tokens" >"$SOFTHSM2_CONF"
pin=$(od -An -N8 -tu8 /dev/urandom | tr -d ' ')
printf '%s\n' "$pin" >pin
softhsm2-util --init-token --free --label guarantor --pin "$pin" --so-pin "$pin" >/dev/null

said=
step() { # EXIT-CODE COMMAND..: runs it, keeps what it said, and expects this exit code
  local expected=$1 code=0
  shift
  printf '$ %s\n' "$*"
  said=$("$programs/$1" --lang en "${@:2}" 2>&1) || code=$?
  [ -z "$said" ] || printf '%s\n' "$said"
  [ "$code" = "$expected" ] || { echo "hsm: exit code $code, expected $expected" >&2; exit 1; }
  if grep -qF "$pin" <<<"$said"; then echo 'hsm: the PIN was told' >&2; exit 1; fi
}
told() { # TEXT: the last step said it
  grep -qF -- "$1" <<<"$said" || { echo "hsm: expected: $1" >&2; exit 1; }
}
uri() { # OBJECT [PIN-FILE] [TOKEN] [MODULE]
  printf 'pkcs11:token=%s;object=%s?module-path=%s&pin-source=file:%s' \
    "${3:-guarantor}" "$1" "${4:-$module}" "$work/${2:-pin}"
}
check() { # EXIT-CODE FILE TRUST [KEY]
  step "$1" hosho-verify check "$2" --trust "$3" --status status.hosho --number 31-07-1-0000123-9 \
    --auth-key-file "${4:-out/31-07-1-0000123-9.auth-key}" --on 2026-01-20 --now 2026-01-21T00:00:00Z
}

echo '# Keys are made on the token, and the home signs with them from then on.'
step 0 hosho-issue init home --guarantor 架空みらい建設業保証株式会社 --now 2026-01-10T00:00:00Z
step 0 hosho-issue bundle home --out first.hosho --now 2026-01-10T00:00:00Z
step 0 hosho-issue token-key "$(uri certificate)"
certificate=${said%%$'\t'*}
step 0 hosho-issue token-key "$(uri status)"
status=${said%%$'\t'*}
step 0 hosho-issue rotate-key home --to "$(uri certificate)" --now 2026-01-10T00:01:00Z
told "certificate"$'\t'"$certificate"
step 0 hosho-issue rotate-key home --role status --to "$(uri status)" --now 2026-01-10T00:01:00Z
told "status"$'\t'"$status"
rm home/keys/certificate-1.pem home/keys/status-1.pem
[ "$(ls home/keys)" = $'certificate-2.uri\nmaster-1.key\nstatus-2.uri' ] || { echo 'hsm: a signing key lies in the home' >&2; exit 1; }

echo '# What the token signs is verified by whoever has the trust bundle, and by nobody else.'
step 0 hosho-issue issue home --request "$request" --out out --now 2026-01-11T00:00:00Z
step 0 hosho-issue bundle home --out trust.hosho --now 2026-01-11T00:00:00Z
step 0 hosho-issue snapshot home --out status.hosho --valid-days 30 --now 2026-01-11T00:00:00Z
check 0 out/31-07-1-0000123-9-r1.sealed.hosho trust.hosho
check 3 out/31-07-1-0000123-9-r1.hosho first.hosho
told key-unknown

echo '# A home whose signing keys were never in a file: it is made on the token.'
for object in spare born-status born; do step 0 hosho-issue token-key "$(uri $object)"; done
born=${said%%$'\t'*}
step 0 hosho-issue init born --guarantor 架空みらい建設業保証株式会社 --now 2026-01-10T00:00:00Z \
  --certificate-key "$(uri born)" --status-key "$(uri born-status)"
[ "$(ls born/keys)" = $'certificate-1.uri\nmaster-1.key\nstatus-1.uri' ] || { echo 'hsm: a signing key lies in the home' >&2; exit 1; }
step 0 hosho-issue issue born --request "$request" --out born-out --now 2026-01-11T00:00:00Z
step 0 hosho-issue bundle born --out born.hosho --now 2026-01-11T00:00:00Z
step 0 hosho-issue snapshot born --out status.hosho --force --valid-days 30 --now 2026-01-11T00:00:00Z
check 0 born-out/31-07-1-0000123-9-r1.sealed.hosho born.hosho born-out/31-07-1-0000123-9.auth-key
step 0 hosho-issue journal born
step 0 hosho-issue compromised born "$born" --since 2026-01-11T12:00:00Z --to "$(uri spare)" --now 2026-01-12T00:00:00Z
[ "$(ls born/keys)" = $'certificate-1.uri\ncertificate-2.uri\nmaster-1.key\nstatus-1.uri' ] || { echo 'hsm: a signing key lies in the home' >&2; exit 1; }
step 1 hosho-issue init never --guarantor X --certificate-key "$(uri spare)" --status-key "$(uri spare)"
told E9-URI
step 1 hosho-issue init never --guarantor X --certificate-key file:keys/certificate-1.pem
told E9-URI
step 3 hosho-issue init never --guarantor X --certificate-key "$(uri nothing)"
told E9-TOKEN
[ ! -e never ] || { echo 'hsm: a refused home is there' >&2; exit 1; }

echo '# A new auth key; the old one opens nothing that is handed out from then on.'
step 0 hosho-issue rekey home 31-07-1-0000123-9 --out out --now 2026-01-12T00:00:00Z
step 0 hosho-issue snapshot home --out status.hosho --force --valid-days 30 --now 2026-01-12T00:00:00Z
check 0 out/31-07-1-0000123-9-r2.sealed.hosho trust.hosho out/31-07-1-0000123-9.k2.auth-key
check 1 out/31-07-1-0000123-9-r2.sealed.hosho trust.hosho
check 4 out/31-07-1-0000123-9-r1.sealed.hosho trust.hosho
step 0 hosho-issue journal home

echo '# What is refused.'
step 3 hosho-issue token-key "$(uri certificate)"
told E9-TOKEN
step 3 hosho-issue rotate-key home --to "$(uri nothing)" --now 2026-01-13T00:00:00Z
told E9-TOKEN
step 3 hosho-issue rotate-key home --to "$(uri certificate pin elsewhere)" --now 2026-01-13T00:00:00Z
told E9-TOKEN
step 3 hosho-issue rotate-key home --to "$(uri certificate pin guarantor /nowhere/module.so)" --now 2026-01-13T00:00:00Z
told E9-TOKEN
step 1 hosho-issue rotate-key home --to 'pkcs11:token=guarantor;object=certificate?pin-value=0000' --now 2026-01-13T00:00:00Z
told E9-URI
printf '0%s\n' "${pin%?}" >wrong-pin
step 3 hosho-issue rotate-key home --to "$(uri certificate wrong-pin)" --now 2026-01-13T00:00:00Z
told E9-TOKEN
chmod 644 pin
step 3 hosho-issue snapshot home --out later.hosho --now 2026-01-13T00:00:00Z
told E9-TOKEN
chmod 600 pin
echo '# The token is gone: nothing is signed. It comes back: everything goes on.'
mv tokens away
mkdir tokens
step 3 hosho-issue snapshot home --out later.hosho --now 2026-01-13T00:00:00Z
told E9-TOKEN
rmdir tokens
mv away tokens
step 0 hosho-issue snapshot home --out later.hosho --now 2026-01-13T00:00:00Z
echo 'hsm: every answer was the expected one'
