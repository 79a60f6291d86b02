#!/bin/sh
# diagnose: the checks in order, from what the store knows; a card number is looked at and nowhere kept.
. "${0%/*}/lib.sh"
# 2026-11-22 10:00 UTC: the day after the last row of the made-up statements.
PURSER_TEST_NOW=1795341600000
export PURSER_TEST_NOW
echo "correct horse" >pw
M=$TESTS/made-up
P='purser --password-file pw --no-input'
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
$P import -q --create "$M/paypal-activity-en.csv" "$M/alipay-app.csv" "$M/apple-card.csv" >/dev/null 2>&1
bad=$($P history paypal --search "QX Trade" --json | field id)
state() { sed -n "/\"check\":\"$1\"/p" out | field state; }
fixes() { sed -n "/\"check\":\"$1\"/p" out | field fix; }

check 'nothing of that name: 8 with the nearest; no kind and nobody to ask: 2 naming the option' '
	expect_exit 8 $P diagnose paypla 2>err && grep -q "Near: paypal" err && expect_exit 2 $P diagnose paypal 2>err && grep -q -- "--kind payment|balance|login|locked" err &&
	expect_exit 2 $P diagnose paypal --kind broken 2>err'
check 'a payment: every check is an object finding, in order, with the whole ID; exit 10' '
	expect_exit 10 $P diagnose "$bad" --json >out 2>err && test "$(field object <out | sort -u)" = finding && test "$(field id <out | sort -u)" = "$bad" &&
	test "$(field check <out | grep -v provider | tr "\n" " ")" = "incident status account funds pending duplicate limit card-number card-expiry recent contact " &&
	test "$(field severity <out | grep -vx -e none -e low -e medium -e high | wc -l)" = 0'
check 'what it knows: settled, the balance with its day, nothing like it' '
	test "$(state status)" = ok && test "$(state funds)" = ok && sed -n "/\"funds\"/p" out | field why | grep -q "21.07 EUR by the balance of 2026-11-21" &&
	test "$(state duplicate)" = ok && test "$(state card-number)" = unknown'
check 'facts of the provider come with source and day; only confirmed ones are something to do' '
	grep "\"check\":\"provider\"" out >facts && test -s facts && test "$(field source <facts | grep -cx null)" = 0 && test "$(field checked <facts | grep -c "^2026-")" = "$(wc -l <facts)" &&
	test "$(grep "\"fact_status\":\"confirmed-2nd\"" facts | field fix | sort -u)" = null && test "$(grep -c "\"fact_status\":\"unconfirmed\"" facts)" = 0'
check 'for people: ends in a case' '
	expect_exit 10 $P diagnose "$bad" >out 2>err && tail -1 out | grep -q "purser case open paypal --subject" && grep -q "^  LOOK" out && grep -q "^  ok" out && grep -q "^  ?" out'
check 'marked as fraud: the incident comes first' '
	$P review mark "$bad" fraud -q && expect_exit 10 $P diagnose "$bad" --json >out 2>err && head -1 out | field check | grep -qx incident && test "$(state incident)" = bad &&
	fixes incident | grep -q "incident open unauthorised"; $P review undo -q >/dev/null'

number="4111 1111 1111 1111"
for c in "$number 08/30:ok:ok" "4111 1111 1111 1112 08/30:bad:ok" "4111-1111-1111-1111:ok:unknown" "411111111111111 01/20:bad:bad" "hello:bad:unknown"; do
	line=${c%%:*} rest=${c#*:} no=${rest%%:*} until=${rest#*:}; export line no until
	check "card \"$line\": number $no, expiry $until" '
		printf "%s\n" "$line" | expect_exit 10 $P diagnose "$bad" --card-fd 0 --json >out 2>err && test "$(state card-number)" = "$no" && test "$(state card-expiry)" = "$until"'
done
check 'the number is in no answer and in no file' '
	printf "%s 08/30\n" "5500005555555559" | expect_exit 10 $P -v diagnose "$bad" --card-fd 0 >out 2>err && ! grep -q 5500005555 out err && ! grep -rqa 5500005555 "$PURSER_HOME" && ! $P log list | grep -q 5500005555'
check 'a descriptor that is not there: an error, no guess' '! $P diagnose "$bad" --card-fd 77 --json >out 2>err && test "$(wc -c <err)" -gt 5'

check 'the same amount on one day: found, with the other row' '
	expect_exit 10 $P diagnose paypal --kind balance --json >out 2>err && test "$(state duplicate)" = bad && fixes duplicate | grep -q "^purser history show " &&
	id=$(fixes duplicate | sed "s/.* //") && expect_exit 10 $P diagnose "$id" --json >out 2>err && test "$(state duplicate)" = bad && test "$(fixes duplicate | sed "s/.* //")" != "$id"'
check 'a break of the balance, and days that no statement covers' '
	head -1 "$M/paypal-activity-en.csv" >h && { cat h; printf "%s\n" "\"03/05/2026\",\"10:00:00\",\"CEST\",\"Shop\",\"Website Payment\",\"Completed\",\"EUR\",\"-5.00\",\"0.00\",\"-5.00\",\"mara@example.net\",\"s@shop.example\",\"AAAA0000000000001\",\"\",\"\",\"x\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"1\",\"\",\"95.00\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"x\",\"\",\"\",\"Debit\"" \
		"\"15/05/2026\",\"10:00:00\",\"CEST\",\"Shop\",\"Website Payment\",\"Completed\",\"EUR\",\"-5.00\",\"0.00\",\"-5.00\",\"mara@example.net\",\"s@shop.example\",\"AAAA0000000000002\",\"\",\"\",\"x\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"1\",\"\",\"70.00\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"x\",\"\",\"\",\"Debit\""; } >may.csv &&
	$P import -q --account paypal may.csv >/dev/null && expect_exit 10 $P diagnose paypal --kind balance --json >out 2>err && test "$(state breaks)" = bad && test "$(state gaps)" = bad &&
	sed -n "/\"gaps\"/p" out | field why | grep -q "2026-05-16" && fixes breaks | grep -q "history show"'
check 'no balance: not known, never ok' '
	expect_exit 10 $P diagnose alipay --kind balance --json >out 2>err; test "$(state funds)" = unknown'

check 'a login: nothing kept, no way in, nobody who resets it' '
	expect_exit 10 $P diagnose paypal --kind login --json >out 2>err && test "$(state password)" = bad && test "$(state mailbox)" = bad && test "$(state way-in)" = bad &&
	test "$(state clock)" = unknown && test "$(state second-factor)" = unknown && test "$(state store)" = ok'
check 'a change of password that was never finished is found without opening a secret' '
	printf hunter2hunter2 | $P secret set paypal -q && $P rotate paypal -q >/dev/null 2>&1 && $P log list | grep -c reveal >before; expect_exit 10 $P diagnose paypal --kind login --json >out 2>err &&
	test "$(state password)" = ok && test "$(state rotation)" = bad && fixes rotation | grep -q "^purser rotate paypal" && ! grep -q hunter2 out && { $P log list | grep -c reveal >after; cmp before after; }'
check 'an account that shows what it is needs no --kind: the unfinished change' 'expect_exit 10 $P diagnose paypal >out 2>err && grep -q "a login that fails" out && grep -q -- "--kind" err'
check 'a clock that is behind what purser dated: found' '
	PURSER_TEST_NOW=1795241600000 expect_exit 10 $P diagnose paypal --kind login --json >out 2>err && test "$(state clock)" = bad && test "$(sed -n "/\"clock\"/p" out | field severity)" = high'
check 'frozen here: said, and that the provider is not' '
	purser freeze >/dev/null 2>&1 && expect_exit 10 $P diagnose paypal --kind login --json >out 2>err && test "$(state store)" = bad && sed -n "/\"check\":\"store\"/p" out | field why | grep -q "at the provider nothing is locked"'
check 'at a terminal it asks what is the matter' '
	terminal "expect What is the matter?
		send k
		exit 10" purser --password-file pw diagnose alipay && grep -q "an account that is locked" t'
check 'control characters of a statement do not reach the terminal' '
	printf "%s\n" "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注" >wx && sed -n "1,16p" "$M/wechat.csv" >w.csv && cat wx >>w.csv &&
	printf "2026-11-20 19:22:31,商户消费,山泉\033[31m,热,支出,¥22.00,零钱,奇怪\033]0;x\007,4200002611202026112000000000091,SQ90001,/\n" >>w.csv &&
	$P import -q --create w.csv >/dev/null 2>&1; id=$($P history wechat --json | field id | head -1) && expect_exit 0 $P diagnose "$id" >out 2>err && grep -q "does not know the word" out && ! LC_ALL=C grep -q "$(printf "\033")" out err'
check 'in Chinese' 'expect_exit 10 $P --lang zh diagnose alipay --kind payment >out 2>err && grep -q "正常" out && ! grep -q LOOK out'
finish
