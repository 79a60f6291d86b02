#!/bin/sh
# check-demo.sh: `make demo` tells its whole story, asks nothing, keeps its secrets to itself, and is quick. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-$PWD/build/release} n=0 bad=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT INT TERM
is_ok() { n=$((n + 1)); if [ "$2" = 0 ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; printf '%s\n' "${3:-}" | tail -25 | sed 's/^/# /'; fi; }
has() { grep -qiE "$2" "$tmp/out"; is_ok "$1" $?; }
t0=$(date +%s)
# In a session of its own there is no terminal to ask at.
TMPDIR="$tmp" BUILD="$BUILD" HOME="$tmp" setsid tests/demo.sh >"$tmp/out" 2>"$tmp/err" </dev/null; rc=$?
t1=$(date +%s)
is_ok 'the demo ends well' $rc "$(cat "$tmp/out" "$tmp/err")"
limit=30; [ "${MODE:-release}" = release ] || limit=300
[ $((t1 - t0)) -lt $limit ]; is_ok "... in less than $limit seconds" $? "$((t1 - t0)) s"
for p in 'PayPal|paypal' 'alipay|支付宝' 'wechat|微信' 'apple-card'; do has "it imports $p" "$p"; done
has 'it freezes' '^FROZEN'
grep -q '^\[exit 4\]' "$tmp/out"; is_ok 'a frozen store refuses secrets' $?
has 'it says what to do, in order' 'incident next'
has 'it says what is due, with its source' '^Due .*PSD2|^ +.*PSD2'
has 'it writes a letter' 'PP-R-QXA-1'
has 'it makes an evidence bundle' 'manifest'
has 'it thaws' 'thaw'
tail -5 "$tmp/out" | grep -q 'purser init'; is_ok 'it ends with what to type next' $?
left=$(find "$tmp" -mindepth 1 ! -name out ! -name err)
[ -z "$left" ]; is_ok 'it leaves nothing' $? "$left"
echo "1..$n"
exit $bad
