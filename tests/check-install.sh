#!/bin/sh
# check-install.sh: `make install` into a directory of its own, the program runs from there, `make uninstall` leaves nothing. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT INT TERM
n=0 bad=0
is_ok() { n=$((n + 1)); if [ "$2" = 0 ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; printf '%s\n' "${3:-}" | head -20 | sed 's/^/# /'; fi; }
MAKEFLAGS=$(printf '%s' "${MAKEFLAGS:-}" | sed 's/ *-j[0-9]*//; s/ *--jobserver[^ ]*//; s/^ *-- / -- /'); export MAKEFLAGS
do_make() { env -u BUILD -u MODE "${MAKE:-make}" --no-print-directory "MODE=${MODE:-release}" "BUILD=${BUILD_ARG:-build/${MODE:-release}}" "$@" "DESTDIR=$tmp/dest" >"$tmp/log" 2>&1; }
export HOME="$tmp" XDG_RUNTIME_DIR="$tmp" XDG_DATA_HOME="$tmp/data" XDG_STATE_HOME="$tmp/state" LC_ALL=C
export ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS:-}"

do_make install; is_ok 'make install' $? "$(cat "$tmp/log")"
[ "$(grep -cE '^  (CC|LD)' "$tmp/log")" = 0 ]; is_ok '... compiles nothing anew' $? "$(cat "$tmp/log")"
bin=$tmp/dest/usr/local/bin/purser
[ "$("$bin" --version 2>"$tmp/err")" = "purser $(cat VERSION)" ]; is_ok 'the installed program tells its version' $? "$("$bin" --version 2>&1)"
"$bin" help >"$tmp/out" 2>&1 && [ "$(wc -l <"$tmp/out")" -le 45 ]; is_ok 'its help has at most 45 lines' $? "$(cat "$tmp/out")"
for f in libexec/purser/purser-reader libexec/purser/purser-suspend lib/systemd/user/purser-agent.socket lib/systemd/user/purser-agent.service libexec/purser/purser-qr libexec/purser/purser-qr-read libexec/purser/purser-fido libexec/purser/purser-names libexec/purser/purser-stamp share/purser/verify.txt share/man/man1/purser.1 share/man/man5/purser-store.5 share/man/man1/purser-freeze.1 \
	share/bash-completion/completions/purser share/zsh/site-functions/_purser share/fish/vendor_completions.d/purser.fish \
	share/locale/zh_CN/LC_MESSAGES/purser.mo share/doc/purser/LICENSE; do
	[ -s "$tmp/dest/usr/local/$f" ]; is_ok "$f is installed" $? "$(cd "$tmp/dest" && find . -type f)"
done
empty=$(find "$tmp/dest" \( -type f -perm /022 -o -type f -size 0 -o ! -user "$(id -un)" \))
[ -z "$empty" ]; is_ok 'no file is empty, writable for others, or of someone else' $? "$empty"
# It finds its reader and its messages where it was put.
printf 'a password of the test\n' >"$tmp/pw"
printf 'Transaction Date,Clearing Date,Description,Merchant,Category,Type,Amount (USD),Purchased By\n01/02/2024,01/03/2024,MADE UP,Made Up,Shopping,Purchase,1.25,A Person\n' >"$tmp/a.csv"
q() { "$bin" --no-input --password-fd 8 "$@" 8<"$tmp/pw"; }
q init --kdf-memory 64 --kit-file "$tmp/kit" --unverified-kit >"$tmp/log" 2>&1 </dev/null &&
	q import --create=apple "$tmp/a.csv" >"$tmp/log" 2>&1 </dev/null; is_ok 'the installed program imports a statement' $? "$(cat "$tmp/log")"
"$bin" --lang zh help >"$tmp/out" 2>&1; grep -q '[^ -~]' "$tmp/out"; is_ok 'it speaks Chinese' $? "$(head -5 "$tmp/out")"

do_make uninstall; is_ok 'make uninstall' $? "$(cat "$tmp/log")"
left=$(find "$tmp/dest" ! -type d; find "$tmp/dest" -type d -name '*purser*')
[ -z "$left" ]; is_ok 'nothing is left' $? "$left"
echo "1..$n"
exit $bad
