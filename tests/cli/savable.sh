#!/bin/sh
# freeze NAME: how long the money lasts and what of it can still be saved.
. "${0%/*}/lib.sh"
# 2026-11-22 10:00 UTC: the day after the last row of the made-up statements.
PURSER_TEST_NOW=1795341600000
export PURSER_TEST_NOW
echo "correct horse" >pw
M=$TESTS/made-up
P='purser --password-file pw --no-input'
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
$P import -q --create "$M/paypal-activity-en.csv" "$M/alipay-app.csv" "$M/wechat.csv" "$M/apple-card.csv" >/dev/null 2>&1
for a in paypal alipay wechat apple-card; do $P history "$a" --max -0.01 --json | field id | while read -r id; do $P review mark "$id" fraud -q; done; done
row() { perl -MJSON::PP -e '$j = JSON::PP->new->utf8; while (<STDIN>) { $o = $j->decode($_); for (@{$o->{savable}}) {
	print join("|", map { $_ // "" } @$_{qw(account amount rail funding class fact)}), "\n" } }'; }
check 'the whole store: at once, without the ledger, and where to look then' 'purser freeze >out 2>err && grep -q "^FROZEN" out && grep -q "purser incident" out && ! grep -q "most savable first:$" out'
$P freeze paypal alipay wechat apple-card --json >out 2>err
row <out >rows
check 'every account has its rows, with class and rail' 'test "$(wc -l <rows)" -ge 15 && cut -d"|" -f1 rows | sort -u | wc -l | grep -qx 4'
check 'PayPal: pending withdrawal and reserved first, purchases can be disputed (PP-01), conversions never left' '
	grep "^paypal" rows >p && grep -q "|-80.00|transfer||stop|" p && grep -q "|-98.00|wallet||stop|" p && grep -q "|-310.00|wallet|direct-debit|dispute|PP-01" p && grep -q "|-39.77|inside||none|" p'
check 'Alipay: escrow can be stopped, paid by card says so, refunded is back' '
	grep "^alipay" rows >p && grep -q "|-59.90|wallet|direct-debit|stop|" p && grep -q "|-899.00|wallet|card|dispute|" p && grep -q "|-329.00|wallet||back|" p'
check 'WeChat: a code of a person is asked of the receiver; a withdrawal is a transfer' '
	grep "^wechat" rows >p && grep -q "|-7.50|person||ask|" p && grep -q "|-100.10|transfer|" p && grep -q "|-22.00|wallet||dispute|" p'
check 'a card: disputed with its issuer' 'grep "^apple-card" rows | grep -q "|-1184.60|card||dispute|"'
check 'most savable first within each account, the larger first' '
	for a in paypal alipay wechat apple-card; do grep "^$a" rows | awk -F"|" "BEGIN { n = split(\"stop recall dispute unknown ask gone back none\", c, \" \"); for (i = 1; i <= n; i++) o[c[i]] = i }
		{ if (o[\$5] < last) exit 1; last = o[\$5] }" || exit 1; done'
check 'no amount is a float: strings in the digits of the currency' '
	! grep -qE "\"(amount|balance|left|outflow|out|suspicious)\":-?[0-9]" out && grep -q "\"left\":\"21.07\"" out'
check 'no balance: the time to empty is unknown, not nought' 'grep "\"scope\":\"alipay\"" out | grep -q "\"state\":\"no-balance\",\"balance\":null" && grep "\"scope\":\"alipay\"" out | grep -q "\"seconds\":null"'
check 'for people: figures behind it, source and day of the fact; once' '
	$P freeze paypal >out 2>err && grep -q "balance of 2026-11-21" out && grep -q "What can still be saved, most savable first:" out && test "$(grep -c "PP-01, confirmed, checked on 2026-11-21" out)" = 1'
check 'a pace of two rows: worked by hand' '
	$P account add cash --provider cash-app -q && { printf "%s\n" x >/dev/null; $P history add cash -100.00 USD --at "2026-11-21 01:00" -q && $P history add cash -200.00 USD --at "2026-11-21 01:30" -q; } &&
	for id in $($P history cash --json | field id); do $P review mark $id fraud -q; done && $P freeze cash --json >out && grep -q "\"outflow\":\"-200.00\",\"outflow_seconds\":1800" out && grep -q "\"state\":\"no-balance\"" out'
check 'nothing marked, nothing lately: said' '$P account add quiet -q && $P freeze quiet >out && ! grep -q "What can still be saved" out'
check 'a name of a shop cannot steer the terminal' '
	{ head -1 "$M/paypal-activity-en.csv"; grep -m1 "Completed" "$M/paypal-activity-en.csv" | awk -F"\",\"" -v OFS="\",\"" -v x="$(printf "evil\\033[2Jshop")" "{ \$4 = x; print }"; } >evil.csv && $P import -q --date-order day -a quiet evil.csv >/dev/null && id=$($P history quiet --json --search evil | field id) && $P review mark "$id" fraud -q &&
	$P freeze quiet >out 2>err; grep -q "evil.*shop" out && ! LC_ALL=C grep -q "$(printf "\\033")" out'
if [ -d "$SHARED/samples/paypal" ]; then
	new_home
	purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit2 --unverified-kit >/dev/null 2>&1
	for f in de-2020-activity en-2014-activity-dmy-dots en-2019-activity-pending-bank-deposit en-2024-consumer-completed en-activity-dmy fr-2020-activity ja-2018-activity; do
		$P import -q --create "pp-$f" --skip-bad "$SHARED/samples/paypal/$f.csv" >/dev/null 2>&1; done
	for f in wechat/csv-2019-2024.csv alipay/app-2020-gbk-unpadded.csv; do $P import -q --create "r-${f%%/*}" --skip-bad "$SHARED/samples/$f" >/dev/null 2>&1; done
	for a in $($P account list --json | field name); do
		ids=$($P history "$a" --max -0.01 --json | field id); [ -z "$ids" ] || $P review mark $ids fraud -q
	done
	$P freeze $($P account list --json | field name) --json >real 2>err
	row <real >rows
	check 'real statements: the rail of what left is known for all but words nobody knows' '
		echo "$(wc -l <rows) rows, unknown: $(grep -c "|unknown|" rows)"; test "$(wc -l <rows)" -ge 100 && test "$(grep -c "|unknown|" rows)" -le "$(($(wc -l <rows) / 20))"'
else
	skip 'real statements' 'there is no ../shared/samples'
fi
finish
