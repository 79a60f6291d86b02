#!/bin/sh
# account device: what is noted, marked, and where each provider removes devices.
. "${0%/*}/lib.sh"
# 2026-11-22 10:00 UTC: the day after the last row of the made-up statements.
PURSER_TEST_NOW=1795341600000
export PURSER_TEST_NOW
echo "correct horse" >pw
P='purser --password-file pw --no-input'
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
for p in venmo revolut wechat paypal; do $P account add "$p" --provider $p -q; done
check 'none yet: 0, but where they are removed' '
	$P account device list venmo --json >out && test "$(field object <out | sort -u)" = step && test "$(field fact <out | tr "\n" " ")" = "VE-01 VE-02 " &&
	test "$(field source <out | grep -c .)" = 2 && test "$(field checked <out | sort -u)" = 2026-11-21'
check 'each provider its own page, with date and source' '
	$P account device list revolut >out && grep -q "Report lost device" out && grep -q "RV-01, confirmed, checked on 2026-11-21" out && ! grep -q VE-01 out &&
	$P account device list wechat >out && grep -q WX-03 out'
check 'no confirmed page: said, nothing invented' '$P account device list paypal >out && grep -q "knows no confirmed page" out'
check 'add: the object with every field' '
	$P account device add venmo "Phone of Mara" --kind phone --seen 2026-11-20 --note "at home" --json >out && test "$(field object <out)" = device && test "$(field id <out)" = D1 &&
	test "$(field account <out)" = venmo && test "$(field name <out)" = "Phone of Mara" && test "$(field kind <out)" = phone && test "$(field seen <out)" = 2026-11-20 &&
	test "$(field state <out)" = known && test "$(field note <out)" = "at home" && test "$(field revoked <out)" = null'
check 'a second one of that name: refused; of another account: fine' '
	expect_exit 2 $P account device add venmo "Phone of Mara" 2>err && $P account device add wechat "Phone of Mara" -q'
check 'not mine: first in the list' '
	$P account device add venmo "Windows, Riga" --kind session --state unknown -q && $P account device list venmo --json >out && head -1 out | field name | grep -qx "Windows, Riga" &&
	head -1 out | field state | grep -qx unknown && test "$(field seen <out | head -1)" = null'
check 'list of all accounts names them' '$P account device list --json >out && test "$(grep -c "\"object\":\"device\"" out)" = 3 && field account <out | grep -qx wechat'
check 'revoke marks and ends nothing at the provider' '
	$P account device revoke venmo D3 >out && grep -q "ends nothing at the provider" out && grep -q VE-01 out && $P account device list venmo --json >out &&
	grep "\"id\":\"D3\"" out | field state | grep -qx revoked && grep "\"id\":\"D3\"" out | field revoked | grep -q "^20"'
check 'by its name too; twice: refused' '
	$P account device revoke wechat "Phone of Mara" -q >/dev/null && expect_exit 8 $P account device revoke wechat "Phone of Mara" 2>err && expect_exit 2 $P account device revoke venmo D3 2>err && grep -q "revoked already" err'
check 'the number of another account is none of this one: 8' 'expect_exit 8 $P account device revoke paypal D1 2>err && $P account device list venmo --json | grep "\"id\":\"D1\"" | field state | grep -qx known'
check 'usage: 2, and nothing is done' '
	expect_exit 2 $P account device drop venmo 2>err && grep -q "Nothing was done" err && expect_exit 2 $P account device add venmo 2>err && expect_exit 2 $P account device revoke venmo 2>err &&
	expect_exit 2 $P account device add venmo X --kind toaster 2>err && expect_exit 2 $P account device add venmo X --seen 2999-01-01 2>err && expect_exit 8 $P account device add nobody X 2>err &&
	expect_exit 2 $P account device add venmo "$(printf "a\\033[31m")" 2>err && expect_exit 2 $P account device add venmo "" 2>err && test "$($P account device list venmo --json | grep -c "\"object\":\"device\"")" = 2'
check 'changes are in the log' '$P log list | grep -q device-add && $P log list | grep -q device-revoke'
check 'works while frozen' 'purser freeze >/dev/null 2>&1 && $P account device add venmo later -q && $P account device list venmo >out && grep -q later out'
check 'an account that goes takes its devices along' '$P account remove venmo --confirm venmo -q && test "$($P account device list --json | grep -c "\"account\":\"venmo\"")" = 0'
finish
