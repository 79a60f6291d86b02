#!/bin/sh
# history: filters, orders, IDs, machine output.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
M=$TESTS/made-up
P='purser --password-file pw --no-input'
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
$P import -q --create "$M/paypal-activity-en.csv" "$M/alipay-app.csv" "$M/apple-card.csv" >/dev/null 2>&1
$P history --json >all
n() { wc -l <"$1"; }
# every FILE PERL: holds for each object ($_->{...})
every() { perl -MJSON::PP -e '$f = shift; $c = shift; open F, $f; $n = 0; while (<F>) { $_ = JSON::PP->new->utf8->decode($_); $n++;
	eval($c) or do { print "no: ", $_->{id}, "\n"; exit 1 } } exit($n == 0)' "$1" "$2"; }

check 'one object a line with every field' '
	test "$(n all)" = 38 && every all "for my \$k (qw(object id account time date type status moved provisional amount currency fee counterparty
		description reference method balance review score reasons linked_to statement row status_text)) { exists \$_->{\$k} or return 0 } 1"'
check 'unknown values are null, never empty' '! grep -q "\":\"\"" all'
check 'amounts are strings with the digits of their currency' 'every all "!defined \$_->{amount} || \$_->{amount} =~ /^-?[0-9]+[.][0-9][0-9]\$/"'
check 'newest first' 'perl -MJSON::PP -ne "\$d = JSON::PP->new->utf8->decode(\$_)->{date}; exit 1 if defined \$l && \$d gt \$l; \$l = \$d" all'
check '--limit and --sort' '
	$P history --json -n 3 >out && head -3 all | cmp - out && $P history --json --sort time >out && test "$(head -1 out | field date)" = "$(tail -1 all | field date)"'
check '--sort amount' 'a=$($P history --json --sort amount -n 1 -a paypal | field amount) &&
	test "$a" = "$($P history paypal --json | field amount | grep -v null | sort -g | head -1)"'
check 'one account, by argument or option; two by two options' '
	$P history paypal --json >one && $P history -a paypal --json | cmp - one && test "$(n one)" = 21 &&
	test "$($P history -a paypal -a apple-card --json | wc -l)" = 27'
check 'an account that is not there: 8 with the nearest' 'expect_exit 8 $P history paypla 2>err && grep -q "Near: paypal" err'
check '--from and --to include the whole day, month and year' '
	$P history --json --from 2026-10 --to 2026-10 >out && every out "\$_->{date} =~ /^2026-10-/" &&
	test "$(n out)" = "$(grep -c "\"date\":\"2026-10-" all)" && test "$($P history --json --from 2026 --to 2026 | wc -l)" = 38 &&
	d=$(sed -n 5p all | field date) && $P history --json --from $d --to $d >out && test "$(n out)" = "$(grep -c "\"date\":\"$d\"" all)"'
check '--min and --max compare the signed amount' '
	$P history --json --max -20 >out && every out "\$_->{amount} <= -20" && test "$(n out)" = "$(field amount <all | awk "\$1 != \"null\" && \$1 <= -20" | wc -l)" &&
	$P history --json --min=5 --max 100 >out && every out "\$_->{amount} >= 5 && \$_->{amount} <= 100"'
check '--status, several with commas; a wrong word: 2 with the right ones' '
	$P history --json --status pending,refunded >out && every out "\$_->{status} =~ /^(pending|refunded)\$/" &&
	expect_exit 2 $P history --status setled 2>err && grep -q settled err'
check '--search finds parts of words, in any script' '
	name=$(field counterparty <all | grep -v null | LC_ALL=C grep "^[A-Za-z]" | head -1) && $P history --json --search "$(printf %s "$name" | cut -c2-4 | tr a-z A-Z)" | grep -qF "$name" &&
	han=$(field counterparty <all | LC_ALL=C.UTF-8 grep -oP "\\p{Han}{2}" | head -1) && test -n "$han" && $P history --json --search "$han" | grep -q "$han" &&
	test "$($P history --json --search "no such text" | wc -l)" = 0'
check '--type' 't=$(field type <all | sort | uniq -c | sort -rn | head -1 | sed "s/^ *[0-9]* //") &&
	$P history --json --type "$t" >out && test "$(n out)" = "$(field type <all | grep -cxF "$t")"'
check 'dates that are none: 2' 'expect_exit 2 $P history --from 2026-13 2>err && expect_exit 2 $P history --from 2026-02-02 --to 2026-02-01 2>err'
check 'show: any unique prefix of 4 or more characters, upper case too; raw cells by header' '
	id=$(head -1 all | field id) && p=$(printf %s "$id" | cut -c1-5 | tr a-z A-Z) && $P history show "$p" --json >out &&
	test "$(field id <out)" = "$id" && test "$(wc -l <out)" = 1 && field raw <out | grep -q ":" && $P history show "$id" | grep -q "$id"'
check 'show: 8 for what is not there, 2 for a prefix that is too short' '
	expect_exit 8 $P history show zzzz 2>err && expect_exit 8 $P history show nosuch 2>err && expect_exit 2 $P history show abc 2>err'
check '--tz: times and days of that zone' '
	$P history alipay --json -n 1 | field time | grep -q "+08:00" && $P --tz UTC history alipay --json -n 1 | field time | grep -q "+00:00\|Z$" &&
	$P history alipay --json --tz America/New_York | field time | grep -q -- "-0[45]:00"'
# widest: columns of the widest line on stdin, without colours; East Asian characters take two.
widest() {
	perl -CSD -ne 's/\e\[[0-9;?]*[A-Za-z]//g; s/[\r\n]//g; my $w = 0; $w += /[\x{1100}-\x{115f}\x{2e80}-\x{a4cf}\x{ac00}-\x{d7a3}\x{f900}-\x{faff}' \
		-e '\x{fe30}-\x{fe6f}\x{ff00}-\x{ff60}\x{ffe0}-\x{ffe6}]/ ? 2 : 1 for split //; $m = $w if $w > $m; END { print $m }'
}
check 'lists fit the width of the terminal; the status stays at 80, the amount always' '
	for w in 120 80 72 60 40; do
		for c in "history" "history alipay" "review --list" "statement list" "account list"; do
			terminal "exit 0" sh -c "COLUMNS=$w PAGER=cat purser --password-file pw $c; :" >/dev/null; m=$(grep -v "purser " t | widest)
			test "$m" -gt 20 && test "$m" -le $w || { echo "$c at $w: $m"; exit 1; }
		done
	done
	terminal "exit 0" env COLUMNS=80 PAGER=cat purser --password-file pw history alipay >/dev/null; grep -q settled t && grep -q "+08:00" t &&
	terminal "exit 0" env COLUMNS=40 PAGER=cat purser --password-file pw history alipay >/dev/null; grep -q -- "-59.90 CNY" t'
check 'a reader that goes away is no failure' '$P history | head -1 >out; test -s out'
check 'nothing found: 0, nothing on stdout under --json' '$P history --json --search zzzqqq >out && test ! -s out'
check 'show needs no more than the unlocked ledger: also while frozen' '
	purser freeze >/dev/null && $P history --json >out && cmp all out && $P history show "$(head -1 all | field id)" >out && test -s out'
finish
