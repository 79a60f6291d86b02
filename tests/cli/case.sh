#!/bin/sh
# case: support cases: open, update, overdue, the ladder up with its letters; what may stand in a letter, and what never.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
P='purser --password-file pw --no-input'
at() { PURSER_TEST_NOW=$(($(date -u -d "$1" +%s) * 1000)); export PURSER_TEST_NOW; }
at 2026-11-22T09:00
purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >/dev/null 2>&1
$P account add paypal -q --provider paypal --login anna@mail.example --currency EUR --country FR >/dev/null 2>&1
$P account add wallet -q --provider alipay --login 13800000000 --currency CNY >/dev/null 2>&1
$P history add paypal -310.00 EUR --at 01:47 --with "unknown shop" -q >/dev/null 2>&1
row=$($P history --json | field id)

check 'nothing yet: list and --overdue say so, 0' '
	$P case list >out 2>err && test ! -s out && grep -q "No case is open" err && $P case list --overdue --json >out && test ! -s out'
check 'open: how, reference, promise, rows; the object' '
	$P case open paypal --by web --ref PP-R-QXA-1 --promised 2026-12-02 --row "$row" --text "not mine" --json >out &&
	test "$(field object <out) $(field id <out) $(field account <out) $(field channel <out) $(field reference <out)" = "case C1 paypal web PP-R-QXA-1" &&
	test "$(field promised <out) $(field rung <out) $(field state <out) $(field overdue <out)" = "2026-12-02 support open false" &&
	test "$(field rows <out)" = "[\"$row\"]" && field events <out | grep -q told'
check 'the time that a confirmed fact gives and the promise: the earlier one is due' '
	test "$($P case show C1 --json | field due)" = 2026-12-02 && $P case update C1 --promised 2026-12-20 -q >/dev/null &&
	$P case show C1 --json >out && test "$(field due <out) $(field due_fact <out)" = "2026-12-02 PP-01a" && grep -q "help136" out'
check 'somebody who is no account; a name that is nearly one is refused' '
	$P case open "my bank" --by phone -q >/dev/null && test "$($P case show "my bank" --json | field who)" = "my bank" &&
	expect_exit 8 $P case open paypall --by web 2>err && grep -q "Near: paypal" err && test "$($P case list --json | wc -l)" = 2'
check 'what is wrong: 2, 8, nothing is opened' '
	expect_exit 2 $P case open paypal --promised soon 2>err && grep -q "no day" err && expect_exit 2 $P case open paypal --by pigeon 2>/dev/null &&
	expect_exit 8 $P case open paypal --row zzzz 2>/dev/null && expect_exit 8 $P case open paypal --incident I7 2>/dev/null &&
	expect_exit 8 $P case show C9 2>/dev/null && expect_exit 8 $P case show wallet 2>/dev/null && expect_exit 2 $P case show 2>err && grep -q "C1, C2" err &&
	expect_exit 2 $P case update C1 2>/dev/null && test "$($P case list --json | wc -l)" = 2'
check 'not overdue: it does not climb, and nothing is written' '
	expect_exit 2 $P case climb C1 --out letter 2>err && grep -q "not overdue: due 2026-12-02" err && test ! -e letter && test "$($P case show C1 --json | field rung)" = support'
check 'an update that cannot climb is not kept either' '
	expect_exit 2 $P case update C1 --note "half of it" --climb 2>err && grep -q "Nothing was changed" err && ! $P case show C1 | grep -q "half of it" &&
	expect_exit 2 $P case update C1 --answer "half of it" --climb 2>/dev/null && test "$($P case show C1 --json | field answered)" = false'

at 2026-12-02T23:00
check 'on the last day nothing is overdue' '$P case list --overdue --json >out && test ! -s out'
at 2026-12-03T08:00
check 'the day after it is: list has it first, and only it with --overdue' '
	test "$($P case list --overdue --json | field id)" = C1 && test "$($P case list --json | head -1 | field overdue)" = true && $P case list | grep -q OVERDUE'
check 'support that is overdue: the letter is the reminder' '$P case letter paypal >out && grep -q "Subject: reminder" out && grep -q "Please answer in writing by 2026-12-17" out'
check 'it climbs to the formal complaint: letter in a new file of mode 600, event, record of the log' '
	$P case climb paypal --out letter --name "Anna Beispiel" >out 2>err && grep -q "now on: formal complaint" out && grep -q "confirmed, checked on" out &&
	test "$(stat -c %a letter)" = 600 && head -1 letter | grep -q "^Anna Beispiel$" && grep -q "This is a formal complaint" letter && grep -q "anna@mail.example" letter &&
	grep -q "$row" letter && grep -q -- "-310.00 EUR" letter && grep -q "PSD2 article 101" letter && grep -q "answer by 2026-12-24" letter && grep -q "not mine" letter &&
	$P case show C1 --json >out && test "$(field rung <out) $(field promised <out) $(field due <out) $(field due_fact <out)" = "complaint null 2026-12-24 PP-08" &&
	$P log list | grep -q "case.*climb"'
check 'a file that is there is not written over, and the case stays' '
	at 2026-12-28 && expect_exit 2 $P case climb C1 --out letter 2>err && test "$($P case show C1 --json | field rung)" = complaint'
at 2026-12-28
check 'overdue again: the second rung up; nobody confirmed is known in France, which is said and not filled' '
	$P case update C1 --climb >out && grep -q "now on: ombudsman" out && grep -q "purser knows no ombudsman or complaint body for FR" out &&
	grep -q "^To: ____" out && grep -q "went on to formal complaint" out && ! grep -qiE "ombudsfin|cfpb|12363" out && test "$($P case show C1 --json | field level)" = 2'
check 'with a reason it climbs although it is not overdue; the reason stands in no letter' '
	expect_exit 2 $P case climb C1 2>err && grep -q "no time for an answer runs" err && $P case climb C1 --now "refused by phone" >out && ! grep -q "refused by phone" out &&
	$P case show C1 | grep -q "climbs: regulator  refused by phone"'
check 'an answer ends the wait; a note is for oneself' '
	$P case update C1 --answer "we look into it" --by mail --note "tired of it" --json >out && test "$(field answered <out)" = true &&
	$P case letter C1 --rung 2 >out && grep -q "answer, by e-mail: we look into it" out && ! grep -q "tired of it" out && $P case show C1 | grep -q "tired of it"'
check 'top of the ladder; closed with its outcome, after that nothing changes it' '
	$P case climb C1 --now x >/dev/null && expect_exit 2 $P case climb C1 --now x 2>err && grep -q "top of the ladder" err &&
	$P case update C1 --close "refunded in full" --json >out && test "$(field state <out) $(field outcome <out)" = "closed refunded in full" &&
	expect_exit 2 $P case update C1 --note x 2>/dev/null && expect_exit 2 $P case climb C1 --now x 2>/dev/null && test "$($P case list --json | field id)" = C2 &&
	test "$($P case list --all --json | wc -l)" = 2 && $P case show C1 | grep -q "refunded in full"'

check 'machine output of letter and climb: objects letter and case, the same exit' '
	$P case open wallet --by app -q --text "payments stop" >/dev/null && $P case letter wallet --json >out && test "$(field object <out) $(field kind <out) $(field lang <out) $(field case <out)" = "letter support en C3" &&
	field text <out | grep -q "payments stop" && $P case letter wallet --json --out file >out && test "$(field file <out) $(field text <out)" = "file null" && $P case show wallet | grep -q "letter  support" &&
	$P case climb wallet --now x --json >out && test "$(field object <out | tr "\n" " ")" = "case letter " && expect_exit 2 $P case climb wallet --json 2>err && tail -1 err | grep -q "\"exit\":2" &&
	$P case update wallet --close done -q >/dev/null'

# ---- every country, every rung, both languages ----
all_letters() {
	for rung in support complaint ombudsman regulator police; do for lang in en zh; do $P --lang $lang case letter "$1" --rung $rung || return 1; done; done
	for kind in reminder records confirm; do for lang in en zh; do $P --lang $lang case letter "$1" --kind $kind || return 1; done; done
}
fits() { perl -CSD -ne 'chomp; $w = 0; $w += /\p{East_Asian_Width=Wide}|\p{East_Asian_Width=Fullwidth}/ ? 2 : 1 for split //; die "$w: $_\n" if $w > 78; die "field: $_\n" if /[{}]/' "$1"; }
country() {      # COUNTRY CURRENCY PROVIDER
	$P account add "acct$1" -q --provider "$3" --currency "$2" --country "$1" --login "login-$1" >/dev/null 2>&1
	$P history add "acct$1" -5 "$2" --at 01:47 --with "shop $1" -q >/dev/null 2>&1
	$P history "acct$1" --json | field id >id
	$P case open "acct$1" --by phone --row "$(cat id)" -q >/dev/null 2>&1
	all_letters "acct$1" >letters 2>err && $P case show "acct$1" >show
}
for c in US:USD:venmo FR:EUR:revolut BE:EUR:wise GB:GBP:wise CN:CNY:alipay JP:JPY:other; do
	IFS=:; set -- $c; unset IFS
	check "$1: every letter in both languages fits, with login and row" "country $1 $2 $3 && fits letters && test \$(grep -c 'login-$1' letters) -ge 14 && test \$(grep -c \"\$(cat id)\" letters) = 16"
	mv letters "letters-$1"; mv show "show-$1"
done
check 'the law is that of the country, and none where none is known' '
	grep -q "12 CFR" letters-US && ! grep -q PSD2 letters-US && grep -q PSD2 letters-FR && ! grep -q "12 CFR" letters-FR && grep -q "regulations/\|Payment Services Regulations\|reg. 77" letters-GB &&
	grep -q "E-commerce Law" letters-CN && ! grep -qE "PSD2|12 CFR|Regulations 2017|Law of the PRC" letters-JP'
check 'only confirmed bodies are named; those that are reported stand in no letter' '
	grep -q "^To: Consumer Financial" letters-US && grep -q "^To: Ombudsfin" letters-BE && grep -q "^To: Economic Inspectorate" letters-BE && grep -q "^To: Financial Ombudsman" letters-GB &&
	grep -q "^To: Report Fraud" letters-GB && grep -q "^To: 12363" letters-CN && ! grep -qiE "IC3|FBI" letters-US && ! grep -qwE "110|96110" letters-CN && grep -q "^To: the police" letters-JP'
check 'the way up goes over what is confirmed; what is left out is said' '
	$P case climb acctUS --now a >/dev/null && $P case climb acctUS --now b >out && grep -q "Consumer Financial" out && grep -q "confirmed, checked on 2026-11-21" out &&
	$P case climb acctUS --now c >out && grep -q "left out, because nobody confirmed is known there: regulator" out && grep -q "purser has no confirmed channel of the police of US" out && grep -q "Reported, check yourself: FBI" out'
check 'a country that is guessed from the currency is said to be' '
	$P case open wallet --by app -q >/dev/null && $P case show wallet | grep -q "CN, guessed from the currency" && test "$($P case show wallet --json | field country_guessed)" = true'

# ---- secrets ----
check 'no secret of the store is in any letter, show or climb' '
	for k in password pin recovery-code api-token security-answer note; do printf "MARKER-%s\n" "$k" | $P secret set paypal "$k" -q || exit 1; done
	printf "otpauth://totp/x?secret=MFRGGZDFMZTWQ2LKMARKER7A\n" | $P otp add paypal -q
	$P account edit paypal -q --way-in "MARKER way in" --note "MARKER remark" --limit "MARKER limit" >/dev/null 2>&1
	$P case open paypal --by web --row "$row" --json >out && id=$(field id <out) && all_letters "$id" >letters 2>&1 && $P case show "$id" >>letters &&
	$P case climb "$id" --now x >>letters 2>&1 && $P case climb "$id" --now x --json >>letters 2>&1 && test -s letters && ! grep -qiE "MARKER|correct horse|MFRGG" letters'

# ---- notices, statements, states ----
check 'incident notice opens the case of that account, another one goes on with it' '
	$P incident open unauthorised --row "$row" -q >/dev/null 2>&1 && $P account add phone -q >/dev/null 2>&1 &&
	$P incident notice phone --by phone --ref T-1 --answer-by 2027-01-15 -q >/dev/null && $P case show phone --json >out &&
	test "$(field incident <out) $(field reference <out) $(field promised <out)" = "I1 T-1 2027-01-15" && n=$($P case list --json | wc -l) &&
	$P incident notice phone --by mail --ref T-2 -q >/dev/null && test "$($P case list --json | wc -l)" = "$n" && test "$($P case show phone --json | field reference)" = T-2'
check 'a letter to those above the provider names who else was told' '
	$P case open paypal --incident I1 --by web --json >out && $P case letter "$(field id <out)" --rung police >letter2 && grep -q "told phone, by phone, reference T-1" letter2 &&
	$P case letter "$(field id <out)" --rung complaint >letter2 && ! grep -q "told phone" letter2'
check 'an account that goes leaves its case behind, under its name' '
	$P case list --json | grep "\"who\":\"phone\"" | field id >id && $P --confirm phone account remove phone -q >/dev/null 2>&1 && $P case show "$(cat id)" --json >out && test "$(field account <out) $(field who <out)" = "null phone"'
check 'a letter in Chinese names the law by its Chinese name, and ends as a letter does' '
	$P account edit wallet --country CN -q >/dev/null 2>&1; $P case open wallet --by app --json >out && id=$(field id <out) && $P --lang zh case letter "$id" --kind records >letter3 && grep -q "《电子商务法》第五十三条" letter3 && grep -q "^敬礼" letter3 &&
	$P --lang zh case letter "$id" --rung police >letter3 && grep -q "《反电信网络诈骗法》第二十条" letter3'
check 'works while frozen, with the password' '
	purser freeze >/dev/null 2>&1 && $P case update acctGB --note "frozen now" -q >/dev/null && $P case letter acctGB | grep -q "login-GB" && $P case open "the police" --by person -q >/dev/null'

# ---- data files that are damaged ----
other() { rm -rf alone && mkdir -p alone && cp "$(readlink -f "$(command -v purser)")" alone/purser && cp -r "$BUILD/data" alone/; }
check 'letters that cannot be read: one clear error, 7, and nothing is changed' '
	other && printf "\nletter: support\nlang: en\nline: {password}\npar: x\n" >>alone/data/letters.txt && expect_exit 7 alone/purser --password-file pw --no-input case letter acctGB >out 2>err &&
	grep -q "letters.txt:[0-9]*: line: unknown field" err && test ! -s out && expect_exit 7 alone/purser --password-file pw --no-input case climb acctGB --now x 2>err && test "$($P case show acctGB --json | field rung)" = support'
check 'a ladder that cannot be read: a warning, and rungs without names' '
	other && printf "\nrung: x\nlevel: \033[31m\n" >>alone/data/ladder.txt && alone/purser --password-file pw --no-input case climb acctGB --now x >out 2>err &&
	alone/purser --password-file pw --no-input case climb acctGB --now x >out 2>>err && grep -q "cannot be read: ladder.txt:[0-9]*: control character" err &&
	grep -q "purser knows no" out && ! grep -q "Financial Ombudsman Service" out && ! grep -q "$(printf "\033")" err'
finish
