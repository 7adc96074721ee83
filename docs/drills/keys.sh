#!/usr/bin/env bash
# A stolen key from the theft to the last verdict, and new root keys over three generations of trust
# bundles, with the real programs in folders that are thrown away:
#
#   docs/drills/keys.sh compromise
#   docs/drills/keys.sh roots --lang ja
#
# Without a name it plays both.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${HOSHO_BUILT:-}" ] || cargo build --quiet --locked -p hosho-issue -p hosho-verify -p hosho-drill
drill=${CARGO_TARGET_DIR:-target}/debug/hosho-drill
exec "$drill" "$@"
