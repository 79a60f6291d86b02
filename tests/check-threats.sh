#!/bin/sh
# check-threats.sh: every row of the threat model names tests that exist, every attack a mutant that some test is there for. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
n=0 bad=0
is_ok() { n=$((n + 1)); if [ "$2" = 0 ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; printf '%s\n' "${3:-}" | head -20 | sed 's/^/# /'; fi; }
empty() { [ -z "$2" ]; is_ok "$1" $? "$2"; }
doc=docs/threat-model.md
attackers() { sed -n '/^## Attackers/,/^## What is not/p' "$1" | grep -E '^\| [0-9]+ '; }
attacks() { sed -n '/^## Attacks that/,$p' "$1" | grep -E '^\| [0-9]+ '; }
# rows without a test, and tests that are not there or that nothing runs
lacking() {
	while IFS= read -r row; do
		tests=$(printf '%s' "$row" | grep -oE '`tests/[A-Za-z0-9_./-]+`' | tr -d '`')
		[ -n "$tests" ] || printf 'no test: %s\n' "$row"
		for t in $tests; do
			[ -f "$t" ] || echo "$t: not there"
			case $t in *.sh) [ -x "$t" ] || echo "$t: cannot be started" ;; tests/unit/*_test.c | tests/crash/*_crash.c) ;; *) echo "$t: nothing runs it" ;; esac
		done
	done
}
mutants() { attacks "$1" | sed 's/.*| //' | grep -oE '`[a-z0-9-]+`' | tr -d '`' | sort -u; }

[ "$(attackers $doc | wc -l)" -ge 17 ]; is_ok 'the table of attackers has all rows of the design' $?
[ "$(attacks $doc | wc -l)" -ge 20 ]; is_ok 'the table of attacks has all rows of the design' $?
empty 'every attacker has tests, and they exist' "$(attackers $doc | lacking)"
empty 'every attack has tests, and they exist' "$(attacks $doc | lacking)"
gone=$(mutants $doc | while read -r m; do [ -f "tests/mutants/$m.patch" ] || echo "$m"; done)
empty 'every mutant that is named exists' "$gone"
# What a mutant is for is a test that exists.
gone=$(for f in tests/mutants/*.patch; do
	t=$(sed -n '1s/^# test: \([^ ]*\).*/\1/p' "$f")
	for p in "tests/unit/$t.c" "tests/unit/${t}_test.c" "tests/$t.sh" "tests/cli/$t.sh" "tests/$t.c" "$t"; do [ -f "$p" ] && continue 2; done
	echo "$f: $t"; done)
empty 'every mutant is for a test that exists' "$gone"
# The check itself: a row without a test, and one with a test that is not there, are found.
[ -n "$(printf '| 1 | x | N |\n' | lacking)" ] && [ -n "$(printf '| 1 | `tests/cli/none.sh` |\n' | lacking)" ]; is_ok 'a row without a test is found' $?
for f in SECURITY.md docs/keys.svg; do [ -s "$f" ]; is_ok "$f is there" $?; done
grep -q '<title' docs/keys.svg && grep -q '<desc' docs/keys.svg; is_ok 'the picture is told in words, too' $?
echo "1..$n"
exit $bad
