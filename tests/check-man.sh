#!/bin/sh
# check-man.sh: there is a page for every command, mandoc finds nothing to warn of, and every option is in its page. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build/release}
purser=$BUILD/purser
n=0 bad=0
is_ok() { n=$((n + 1)); if [ "$2" = 0 ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; printf '%s\n' "${3:-}" | head -20 | sed 's/^/# /'; fi; }
list=$(env -u PURSER_HOME LC_ALL=C "$purser" help --list)
[ -n "$list" ]; is_ok 'the program lists its commands' $?
for c in $(printf '%s\n' "$list" | awk -F'\t' '$1 == "command" { print $2 }'); do
	[ -s "$BUILD/man/purser-$c.1" ]; is_ok "purser-$c.1 exists" $?
	lacks=$(printf '%s\n' "$list" | awk -F'\t' -v c="$c" '$1 == "option" && ($2 == c || index($2, c " ") == 1) { print $3 }' | sort -u |
		while read -r o; do grep -q "Fl \\\\-$(printf '%s' "${o#--}" | sed 's/-/\\\\-/g')\b" "$BUILD/man/purser-$c.1" || echo "$o"; done)
	[ -z "$lacks" ]; is_ok "... has every option" $? "$lacks"
done
for f in "$BUILD"/man/*.1 man/*.[1-9]; do
	[ -e "$f" ] || continue
	# References to pages that are not installed on this machine are no fault of the page.
	out=$(mandoc -Tlint -W warning "$f" 2>&1); is_ok "mandoc -Tlint: $(basename "$f")" $? "$out"
done
out=$(grep -l 'purser-store 5' "$BUILD/man/purser.1"); [ -n "$out" ]; is_ok 'purser(1) leads to purser-store(5)' $?
echo "1..$n"
exit $bad
