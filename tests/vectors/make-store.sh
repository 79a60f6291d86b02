#!/bin/sh
# make-store.sh VERSION: what tests/cli/kept.sh and schema_test open ever after; run once for each release, with its own build:
#	BUILD=build/release sh tests/vectors/make-store.sh 0.1.0
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(cd "${BUILD:-$top/build/release}" && pwd)
d=$top/tests/vectors/stores/$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
[ ! -e "$d" ] || { echo "$d is there already: a kept store is never made anew" >&2; exit 1; }
mkdir -p "$d"
echo "the password of a kept store" >"$d/password"
export PURSER_HOME="$tmp/home" XDG_RUNTIME_DIR="$tmp" LC_ALL=C TZ=UTC
P="$BUILD/purser-test --password-file $d/password --no-input"
$P init -q --kdf-memory 8 --kit-file "$d/kit" --unverified-kit
$P account add paypal --provider paypal --login mara@example.net --way-in "codes in the drawer" -q
(cd "$top/tests/made-up" && $P import -q --create paypal-activity-en.csv alipay-app.csv wechat.csv apple-card.csv)
printf 'kept since %s' "$1" | $P secret set paypal -q
id=$($P history --json -n 1 | sed 's/.*"id":"\([^"]*\)".*/\1/')
$P review mark "$id" fraud --note "never there" -q
$P history --json >"$d/history.json"
$P statement list --json >"$d/statements.json"
$P account list --json >"$d/accounts.json"
tar -C "$tmp/home" -cf "$d/home.tar" vault device
"$BUILD/tests/unit/schema_test" --keep "$d"
ls -l "$d"
