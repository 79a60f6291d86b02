#!/bin/sh
# import: what it counts, where it goes, what it refuses, and that nothing of a refused file stays.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
M=$TESTS/made-up
P='purser --password-file pw --no-input'
# A fresh store; outside of check, whose subshell would forget it.
home() { new_home; purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file "kit$home_n" --unverified-kit >/dev/null 2>&1; }
home
head -c 300 /dev/urandom >noise
: >empty
# total: transactions of the store; counts: of the last object
total() { $P history --json | wc -l; }
counts() { for k in rows added updated duplicates ignored rejected; do field $k <out | tail -1 | tr '\n' ' '; done; }

check 'a file that is not there: 7, and no account was made' '
	expect_exit 7 $P import nowhere.csv --create 2>err && grep -q nowhere.csv err && test "$($P account list --json | wc -l)" = 0'
check 'no account for it and nobody to ask: 2 names --account and --create; nothing imported' '
	expect_exit 2 $P import "$M/paypal-activity-en.csv" >out 2>err && test ! -s out && grep -q -- "--create" err && test "$(total)" = 0'
check '--dry-run counts and changes nothing' '
	$P import --json --create --dry-run "$M/paypal-activity-en.csv" >out && test "$(counts)" = "21 21 0 0 0 0 " &&
	test "$(field statement <out)" = null && test "$(field dry_run <out)" = true && test "$(total)" = 0 &&
	test "$($P account list --json | wc -l)" = 0'
check '--create makes the account, named as its provider' '
	$P import --json --create "$M/paypal-activity-en.csv" >out && test "$(counts)" = "21 21 0 0 0 0 " &&
	test "$(field object <out)" = import && test "$(field account <out)" = paypal && test "$(field statement <out)" = s1 &&
	test "$(field format <out)" = paypal-activity && test "$(field breaks <out)" = 0 && test "$(total)" = 21 &&
	test "$($P account show paypal --json | field provider)" = paypal'
check 'the same file again adds nothing and is no second statement' '
	$P import --json "$M/paypal-activity-en.csv" >out && test "$(counts)" = "21 0 0 21 0 0 " && test "$(field statement <out)" = s1 &&
	test "$(field again <out)" = true && test "$(total)" = 21 && test "$($P statement list --json | wc -l)" = 1'
check 'the same rows under another name and with other bytes: still 0 added' '
	{ cat "$M/paypal-activity-en.csv"; printf "\n"; } >other.csv && $P import --json other.csv >out &&
	test "$(field added <out)" = 0 && test "$(total)" = 21'
home
check 'an overlap adds only what is new' '
	head -12 "$M/paypal-activity-en.csv" >first.csv && $P import --json --create first.csv >out && test "$(field added <out)" = 11 &&
	$P import --json "$M/paypal-activity-en.csv" >out && test "$(counts)" = "21 10 0 11 0 0 " && test "$(total)" = 21'
check 'equal twins of one day stay twins' '
	$P import --json --create "$M/apple-card.csv" >out && test "$(counts)" = "6 6 0 0 0 0 " &&
	$P import --json "$M/apple-card.csv" >out && test "$(field added <out)" = 0'
home
check 'a known row with a new status: updated, the old word stays visible' '
	sed "s/Completed/Pending/" "$M/paypal-activity-en.csv" >pending.csv &&
	$P import --json --create pending.csv >/dev/null && $P import --json "$M/paypal-activity-en.csv" >out &&
	u=$(field updated <out) && test "$u" -gt 5 && test "$(field added <out)" = 0 &&
	test $((u + $(field duplicates <out))) = 21 &&
	id=$($P history --json --status settled -n 1 | field id) &&
	$P history show "$id" --json | field versions | grep -q "\"status\":\"pending\".*\"status\":\"settled\""'
home
check 'a pipe that nobody writes into, and what is no file at all: 7 at once; a pipe with a writer is read' '
	mkfifo pipe && expect_exit 7 timeout 20 $P import --create pipe 2>err && grep -q "pipe is empty" err &&
	expect_exit 7 timeout 20 $P import --create /dev/zero 2>err && grep -q "no file" err &&
	{ sleep 2; cat "$M/apple-card-old.csv"; } | $P import --create=piped --json /dev/stdin >out && test "$(field added <out)" = 1 &&
	$P account remove piped --confirm piped -q'
check 'several files: one that needs an answer does not stop the others; 2, and 7 when one is refused too' '
	head -2 "$M/paypal-consumer-en.csv" | sed "s/[0-9]*\/[0-9]*\//03\/02\//" >unsettled.csv &&
	expect_exit 2 $P import --create unsettled.csv "$M/apple-card-old.csv" --json >out 2>err &&
	test "$(field format <out)" = apple-card && grep -q -- --date-order err &&
	expect_exit 7 $P import --create unsettled.csv noise --json >out 2>err && test ! -s out &&
	$P account remove apple-card --confirm apple-card -q'
check '--create takes no missing file for the name of an account' '
	expect_exit 7 $P import "$M/apple-card.csv" --create nowhere.csv 2>err && grep -q "nowhere.csv cannot be read" err &&
	test "$($P account list --json | field name)" = apple-card && $P account remove apple-card --confirm apple-card -q'
check 'several files: the refused one is named and 7, the others are imported' '
	expect_exit 7 $P import --create noise "$M/apple-card.csv" empty "$M/alipay-app.csv" --json >out 2>err &&
	test "$(wc -l <out)" = 2 && grep -q noise err && grep -q empty err && test "$(total)" = 17 &&
	tail -1 err | field exit | grep -qx 7'
before=$($P history --json | sha256sum)
check 'cut in the middle, NUL bytes, a directory, binary, empty: 7 and nothing changed' '
	head -c 5000 "$M/paypal-activity-en.csv" >cut.csv && head -c 3000 "$M/paypal-activity-en.csv" | tr "," "\\000" >nul.csv && mkdir -p dir &&
	for f in cut.csv nul.csv dir noise empty; do expect_exit 7 $P import --create "$f" >out 2>err || exit 1
		test ! -s out && test "$(grep -c . err)" -ge 1 || exit 1; done
	test "$($P history --json | sha256sum)" = "$before" && ! $P account list --json | grep -q paypal'
check 'a file of 2 GB: 7 at once' '
	truncate -s 2G large.csv && expect_exit 7 timeout 20 purser --password-file pw --no-input import --create large.csv 2>err && grep -q large.csv err'
check 'an unreadable amount refuses the file, and the line says where; --skip-bad imports the rest and records it' '
	sed "5s/\"-11.99\"/\"-1x.yz\"/g" "$M/paypal-activity-en.csv" >bad.csv &&
	expect_exit 7 $P import --create bad.csv >out 2>err && grep -q "bad.csv:5" err && grep -q -- --skip-bad err && test ! -s out &&
	$P import --create --skip-bad --json bad.csv >out 2>err && test "$(counts)" = "21 20 0 0 0 1 " &&
	$P statement show "$(field statement <out)" --json | field left_out | grep -q "\"row\":5"'
check 'import from a pipe' 'cat "$M/wechat.csv" | { $P import --create --json /dev/stdin >out; } && test "$(field account <out)" = wechat'
check '--account: where it says; a name that is not there: 8 with the nearest' '
	$P account add "微信二号" --provider wechat -q && $P import --json --account "微信二号" "$M/wechat.xlsx" >out &&
	test "$(field account <out)" = "微信二号" && expect_exit 8 $P import --account alipya "$M/alipay-app.csv" 2>err && grep -q "Near: alipay" err'
check 'the same file goes to the account that has it, also when there are two of its provider' '
	$P import --json "$M/wechat.xlsx" >out && test "$(field account <out)" = "微信二号"'
home
check 'at a terminal: the account is offered, another name can be typed' '
	terminal "expect Make account
		send evening wallet\r
		expect 21 added
		exit 0" purser --password-file pw import "$M/paypal-activity-en.csv" && $P account show "evening wallet" >/dev/null'
check 'at a terminal: n imports nothing, 2' '
	terminal "expect Make account
		send n\r
		exit 2" purser --password-file pw import "$M/alipay-app.csv" && ! $P account list --json | grep -q alipay'
if command -v bsdtar >/dev/null; then
	(cd "$M" && bsdtar -cf "$TMP/aes.zip" --format zip --options zip:encryption=aes256 --passphrase 246810 alipay-app.csv)
	check 'an encrypted archive without its password: nobody can be asked, 2 names the option' '
		expect_exit 2 $P import --create aes.zip 2>err && grep -q -- --zip-password-fd err'
	check 'a wrong password of the archive: 7, nothing of purser is locked' '
		echo 111111 >zp && expect_exit 7 $P import --create --zip-password-fd 3 aes.zip 3<zp 2>err && grep -q "not the password" err'
	check 'the right one: every row' '
		echo 246810 >zp && $P import --json --create --zip-password-fd 3 aes.zip 3<zp >out && test "$(counts)" = "11 11 0 0 0 0 " &&
		$P account remove alipay --confirm alipay -q'
	check 'at a terminal it is asked for, and again when it is wrong' '
		terminal "expect Password of the archive
			send 1\r
			expect Wrong
			send 246810\r
			expect Make account
			send \r
			expect 11 added
			exit 0" purser --password-file pw import aes.zip && $P account remove alipay --confirm alipay -q'
else
	skip 'encrypted archives' 'bsdtar is not installed; tests/unit has them'
fi
check 'kill -9 in the middle of many imports: the ledger has whole files only' '
	for i in 1 2 3 4 5 6; do (purser --password-file pw --no-input import --create "$M/alipay-app.csv" "$M/apple-card.csv" "$M/wechat.csv" >/dev/null 2>&1 &
		p=$!; sleep 0.$i; kill -9 $p 2>/dev/null; wait $p 2>/dev/null); done
	for a in $($P account list --json | field name | grep -v evening); do
		n=$($P history "$a" --json | wc -l)
		case $a in alipay) test $n = 11;; apple-card) test $n = 6;; wechat) test $n -gt 0;; esac || exit 1; done'
check 'imports are in the log' '$P log list --json | grep -q "\"event\":\"import\"" || $P log list | grep -q import'
finish
