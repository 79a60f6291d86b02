#!/bin/sh
# review: verdicts, list, undo.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
M=$TESTS/made-up
P='purser --password-file pw --no-input'
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
check 'nothing new: --list says 0' '$P review --list --json >out && test ! -s out'
$P import -q --create "$M/apple-card.csv" "$M/alipay-app.csv" >/dev/null 2>&1
check '--list: 10 and every new row' 'expect_exit 10 $P review --list --json >out 2>err && test "$(wc -l <out)" = 17 && test ! -s err'
check 'without --list: 0' '$P review --json >out && test "$(wc -l <out)" = 17'
a=$(sed -n 1p out | field id) b=$(sed -n 2p out | field id)
check 'mark two, with a note; the objects come back' '
	$P review mark "$a" "$b" fraud --note "never there" --json >out && test "$(field review <out | uniq)" = fraud && test "$(wc -l <out)" = 2 &&
	test "$($P history --review fraud --json | wc -l)" = 2 && $P history show "$a" | grep -q "never there"'
check 'they are not new any more' 'expect_exit 10 $P review --list --json >out && test "$(wc -l <out)" = 15'
check 'one unknown ID: 8, nothing is marked' 'expect_exit 8 $P review mark "$a" zzzz ok 2>err && test "$($P history show "$a" --json | field review)" = fraud'
check 'no verdict: 2' 'expect_exit 2 $P review mark "$a" bad 2>err && grep -q "ok, fraud or unsure" err && expect_exit 2 $P review mark "$a" 2>err'
check 'undo takes the whole step back' '$P review undo --json >out && test "$(wc -l <out)" = 2 && test "$($P history --review fraud --json | wc -l)" = 0'
check 'nothing to undo: 8' 'expect_exit 8 $P review undo 2>err'
check 'a verdict outlives a new import of its row' '
	$P review mark "$a" ok -q && $P import -q "$M/apple-card.csv" "$M/alipay-app.csv" >/dev/null && test "$($P history show "$a" --json | field review)" = ok'
check 'at a terminal: one key each' '
	terminal "expect o mine
		send f
		expect o mine
		send q
		exit 0" purser --password-file pw review && test "$($P history --review fraud --json | wc -l)" = 1'
check 'works while frozen' 'purser freeze >/dev/null && $P review mark "$b" unsure -q && test "$($P history --review unsure --json | wc -l)" = 1'
finish
