#!/bin/sh
# statement: list, show, remove.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
M=$TESTS/made-up
P='purser --password-file pw --no-input'
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
check 'nothing yet: 0' '$P statement list --json >out && test ! -s out'
head -12 "$M/paypal-activity-en.csv" >first.csv
$P import -q --create first.csv >/dev/null 2>&1
$P import -q "$M/paypal-activity-en.csv" >/dev/null 2>&1
check 'list: newest first, with hash and counts' '
	$P statement list --json >out && test "$(field id <out | tr "\n" " ")" = "s2 s1 " && test "$(field added <out | tr "\n" " ")" = "10 11 " &&
	test "$(tail -1 out | field sha256)" = "$(sha256sum <first.csv | cut -d" " -f1)" && test "$(tail -1 out | field file)" = first.csv &&
	$P statement list paypal | grep -q first.csv'
check 'show' '$P statement show s1 >out && grep -q "11 rows" out && test "$($P statement show 1 --json | field rows)" = 11'
check 'show: 8 for what is not there, 2 for what is no ID' 'expect_exit 8 $P statement show s9 2>err && expect_exit 2 $P statement show x 2>err'
id=$($P history --json --sort time -n 1 | field id)
check 'remove of the later one takes back only what it brought' '
	$P statement remove s2 --json >out && test "$(field removed <out)" = 10 && test "$(field shared <out)" = 11 &&
	test "$($P history --json | wc -l)" = 11 && test "$($P statement list --json | wc -l)" = 1'
check 'rows with a verdict are kept and named' '
	$P review mark "$id" fraud -q && $P statement remove s1 --json >out && test "$(field removed <out)" = 10 && field kept <out | grep -q "$id" &&
	test "$($P history --json | wc -l)" = 1 && test "$($P history show "$id" --json | field review)" = fraud'
check 'after that the file can be imported again; IDs of rows are the same' '
	$P import -q "$M/paypal-activity-en.csv" && test "$($P history --json | wc -l)" = 21 && $P history show "$id" >/dev/null'
check 'at a terminal it asks' '
	terminal "expect Take the import
		send n\r
		exit 2" purser --password-file pw statement remove s1 && $P statement show s1 >/dev/null'
check 'removals are in the log' '$P log list | grep -q "statement-remove"'
finish
