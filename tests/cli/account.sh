#!/bin/sh
# account: add, list, show, edit, remove; names.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
P='purser --password-file pw --no-input'
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
check 'no account: list is empty, 0' '$P account list --json >out && test ! -s out'
check 'add: the object with every field' '
	$P account add paypal --provider PayPal --login me@mail.example --currency eur --limit "500 a day" --url https://pp.example \
		--contact "phone:+49 0" --contact help@pp.example --way-in "codes in the drawer" --json >out &&
	test "$(field object <out)" = account && test "$(field name <out)" = paypal && test "$(field provider <out)" = paypal &&
	test "$(field currency <out)" = EUR && test "$(field state <out)" = active && test "$(field balances <out)" = "{}" &&
	test "$(field secrets <out)" = "[]" && test "$(field last_activity <out)" = null && test "$(field frozen_since <out)" = null &&
	test "$(field way_in <out)" = "codes in the drawer" && test "$(field contacts <out | grep -o kind | wc -l)" = 2'
check 'the same name, another case, a look-alike: 2, and which one it is like' '
	expect_exit 2 $P account add paypal 2>err && expect_exit 2 $P account add PayPal 2>err && grep -q "account paypal" err &&
	expect_exit 2 $P account add "раураl" 2>err && grep -q "looks like" err && test "$($P account list --json | wc -l)" = 1'
check 'reserved words: 2' 'for w in store all show list undo; do expect_exit 2 $P account add $w 2>err || exit 1; done'
check 'every word that is a subcommand is refused as a name' '
	for w in $(purser help --list | grep "^subcommand" | cut -f2 | sed "s/.* //" | sort -u); do expect_exit 2 $P account add "$w" 2>err || { echo "$w"; exit 1; }; done'
check 'Chinese names work; an accent that is not composed is refused' '
	$P account add 支付宝 --provider alipay -q && $P account show 支付宝 --json | field name | grep -qx 支付宝 &&
	expect_exit 2 $P account add "$(printf "cafe\\314\\201")" 2>err && grep -q NFC err'
check 'controls: a mailbox that resets another account' '
	$P account add mailbox --controls paypal -q && test "$($P account show mailbox --json | field controls)" = "[\"paypal\"]" &&
	expect_exit 8 $P account add m2 --controls nobody 2>err && expect_exit 8 $P account show m2 2>err'
check 'list for people' '$P account list >out && grep -q mailbox out && grep -q 支付宝 out'
check 'edit: what is given changes, the rest stays; empty takes away' '
	$P account edit paypal --login new@mail.example --limit "" --json >out && test "$(field login <out)" = new@mail.example &&
	test "$(field limit <out)" = null && test "$(field way_in <out)" = "codes in the drawer"'
check 'rename, closed; the old name is gone' '
	$P account edit paypal --rename "pay pal old" --state closed -q && test "$($P account show "pay pal old" --json | field state)" = closed &&
	expect_exit 8 $P account show paypal 2>err'
check 'edit without an option: 2' 'expect_exit 2 $P account edit mailbox 2>err'
check 'unknown account: 8 with the nearest names' 'expect_exit 8 $P account show mailbxo 2>err && grep -q "Near: mailbox" err'
check 'show lists kinds of secrets, never a value' '
	printf hunter2 | $P secret set mailbox -q && test "$($P account show mailbox --json | field secrets)" = "[\"password\"]" && ! $P account show mailbox | grep -q hunter2'
check 'remove wants --confirm; --yes is not enough' '
	expect_exit 2 $P account remove mailbox --yes 2>err && grep -q -- "--confirm" err && expect_exit 2 $P account remove mailbox --confirm other 2>err &&
	$P account show mailbox >/dev/null'
check 'remove takes transactions and secrets with it' '
	$P import -q --account 支付宝 "$TESTS/made-up/alipay-app.csv" >/dev/null 2>&1; n=$(stat -c %s "$PURSER_HOME/device/fuse") &&
	$P account remove mailbox --confirm mailbox -q && expect_exit 8 $P account show mailbox 2>err && expect_exit 8 $P secret show mailbox 2>err &&
	$P account remove 支付宝 --confirm 支付宝 -q && test "$($P history --json | wc -l)" = 0 && test "$($P statement list --json | wc -l)" = 0'
check 'a field with control characters: 2' 'expect_exit 2 $P account edit "pay pal old" --login "$(printf "a\\033[31m")" 2>err'
check 'changes are in the log' '$P log list | grep -q account-add && $P log list | grep -q account-remove'
check 'works while frozen, except for what needs the fuse' 'purser freeze >/dev/null && $P account list >out && test -s out && $P account add later -q'
finish
