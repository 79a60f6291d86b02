#!/bin/sh
# export: csv, json, hledger; never a secret; recorded in the log.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
M=$TESTS/made-up
P='purser --password-file pw --no-input'
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
$P import -q --create "$M/paypal-activity-en.csv" "$M/alipay-app.csv" >/dev/null 2>&1
printf 'SECRET-MARKER' | $P secret set paypal -q 2>/dev/null
check '--format is needed: 2; an unknown one: 2' 'expect_exit 2 $P export 2>err && grep -q -- --format err && expect_exit 2 $P export --format pdf 2>err'
check 'json: the objects of history' '$P export --format json >out && $P history --json | cmp - out && $P export --json | cmp - out'
check 'csv: a header and as many rows, each with as many cells' '
	$P export --format csv >out && perl -MText::ParseWords -e 1 && perl -e "local \$/; \$_ = <STDIN>; my (\$n, \$c, \$w) = (0, 1, 0);
		while (/(?:\"((?:[^\"]|\"\")*)\"|([^,\\r\\n]*))(,|\\r\\n)/g) { if (\$3 eq \",\") { \$c++ } else { \$w ||= \$c; die \"row \$n: \$c\" if \$c != \$w; \$n++; \$c = 1 } }
		die \$n if \$n != 33" <out'
check 'filters hold' 'test "$($P export --format json -a alipay --status settled | field status | sort -u)" = settled &&
	test "$($P export --format csv -n 5 | wc -l)" = 6'
check 'hledger: oldest first, the sum of what moved' '
	$P export --format hledger -a paypal >out && grep -q "^    assets:paypal  " out && grep -c "^    expenses:unknown\|^    income:unknown" out &&
	want=$($P history paypal --json | perl -MJSON::PP -ne "\$o = JSON::PP->new->utf8->decode(\$_); \$s += int(\$o->{amount} * 100 + (\$o->{amount} < 0 ? -.5 : .5)) if \$o->{moved} && \$o->{currency} eq q(EUR); END { print \$s }") &&
	got=$(grep "^    assets:paypal .* EUR" out | awk "{ v = \$2; sub(/[.]/, \"\", v); s += v } END { print s }") && test "$want" = "$got"'
if command -v hledger >/dev/null; then
	check 'hledger itself reads it' '$P export --format hledger >j && LC_ALL=C.UTF-8 hledger -f j check && LC_ALL=C.UTF-8 hledger -f j balance >out && test -s out'
else
	skip 'hledger itself reads it' 'hledger is not installed'
fi
check 'no secret in any of them' 'for f in csv json hledger; do $P export --format $f | grep -q SECRET-MARKER && exit 1; done; true'
check 'exports are in the log' '$P log list | grep -q "export.*csv\|csv.*export"'
check 'a closed pipe is quiet' '$P export --format json 2>err | head -1 >out; test ! -s err'
check 'works while frozen' 'purser freeze >/dev/null && $P export --format csv >out && test "$(wc -l <out)" = 33'
finish
