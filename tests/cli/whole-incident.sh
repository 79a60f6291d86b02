#!/bin/sh
# A whole incident, as one person lives it, from statements to the review: a payment that is not his, a freeze in the night while the
# store is locked, first steps from the card, notices that need no password, unlock, steps in the right order for him, a case that goes
# overdue and climbs twice, the evidence bundle checked by outside tools, thaw, rotation of all that was exposed, the close.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2
at() { PURSER_TEST_NOW=$(($(date -u -d "$1" +%s) * 1000)); export PURSER_TEST_NOW; }
u() { purser "$@" --password-file pw --no-input; }
objects() { grep "\"object\":\"$1\""; }
number() { u incident show --json 2>/dev/null >.steps; perl -MJSON::PP -e 'my ($k, $a) = @ARGV; open F, "<", ".steps"; while (<F>) { $o = decode_json($_); print $o->{n}, "\n" if $o->{object} eq "step" && $o->{key} eq $k && ($o->{account} // "") eq ($a // "") }' "$@"; }
order() { u incident show --json 2>/dev/null | objects step | perl -MJSON::PP -ne '$o = decode_json($_); print $o->{key}, $o->{account} ? ":$o->{account}" : "", " "'; }
MADE=$TESTS/made-up

at 2026-11-20T20:00
check 'the evening before: accounts, what resets what, secrets, statements in the real layouts' '
	purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit &&
	u account add paypal --provider paypal --login mara@example.net --currency EUR --country DE --way-in "partner has the recovery mail" -q &&
	u account add wechat --provider wechat --currency CNY -q && u account add inbox --provider mailbox --controls paypal --way-in "codes in the desk drawer" -q &&
	u account add phone --provider sim --controls inbox --controls wechat -q && u account add revolut --provider revolut -q &&
	printf "paypal-pw-1" | u secret set paypal -q && printf "wechat-pw-1" | u secret set wechat -q && printf "inbox-pw-1" | u secret set inbox -q &&
	u import "$MADE/paypal-activity-en.csv" --account paypal -q && u import "$MADE/wechat.xlsx" --account wechat -q && u backup before.bak -q'
at 2026-11-21T01:04
check 'freeze while locked: no password; what not to do, the steps of the card, what works now' '
	no_terminal purser freeze --reason "mail of the bank" >out && grep -q "^FROZEN" out && grep -q "DO NOT" out && grep -q "Resolution Center" out && grep -q "incident notice" out && grep -q "In time\|clock" out; test "$(purser status --json | field state)" = frozen'
check 'the first steps, locked, in this order: phone and mailbox before the wallets' '
	no_terminal purser incident next --all --json >out && perl -MJSON::PP -ne "\$o = decode_json(\$_); print \$o->{key}, \$o->{account} ? \":\$o->{account}\" : \"\", \" \"" <out >keys &&
	grep -q "^sim:phone mailbox:inbox stop:" keys && no_terminal purser incident next --all >out && grep -q "codes in the desk drawer" out'
check 'three notices and a payment noted, without a password' '
	no_terminal purser incident notice paypal --by web --ref PP-R-QXA-1 --answer-by 2026-12-01 --text "reported both payments" &&
	no_terminal purser incident notice phone --by phone --ref SIM-77 --text "blocked the SIM" && no_terminal purser incident notice "my bank" --by phone --text "Ms K., card stopped" &&
	no_terminal purser history add paypal -99.00 EUR --at 00:50 --with "QX Trade 8841" && no_terminal purser incident note "phone had no service since 23:00" && test "$(purser status --json | field notes_waiting)" = 5'
check 'is the text message of the fraud desk theirs? no' 'expect_exit 10 purser contact check "+49 151 00000000" >out && expect_exit 10 purser contact check https://paypal.com.account-check.example/login >out && grep -qi "not" out && purser contact check https://www.paypal.com/myaccount >out && grep -q "2026-" out'
at 2026-11-21T09:00
check 'in the morning, on a clean computer: the password opens the history, and the incident of the freeze with all of it' '
	u incident show --json >out 2>err && grep -q "Incident I1 is open" err && test "$(objects incident <out | field rows)" = 1 && test "$(objects notice <out | wc -l)" = 3 && test "$(objects notice <out | field sealed | sort -u)" = true && objects note <out | grep -q "no service"'
check 'what else is not mine: a verdict puts it into the same incident' '
	ids=$(u history --json --search "QX Trade" | field id) && u review mark $ids fraud -q && u incident show --json >out && test "$(objects incident <out | field rows)" = "$(echo "$ids" | wc -l)" && test "$(objects incident <out | field severity)" = critical'
check 'the order is right for this user: what resets paypal first, then paypal; revolut and wechat, not touched, do not come' '
	o=$(order) && case $o in "sim:phone mailbox:inbox "*) ;; *) echo "$o"; exit 1 ;; esac && case $o in *"stop:paypal "*"report:paypal "*"evidence "*"password:paypal "*"thaw exposed answers close"*) ;; *) echo "$o"; exit 1 ;; esac; ! order | grep -q "revolut\|wechat"'
check 'time to empty, what can still be saved, and the deadlines with source and date' '
	u incident >out && grep -q "How long the money lasts" out && grep -q "What can still be saved" out && grep -q "^Due" out && u incident deadlines --json >d && field rule <d | grep -q . && field source <d | grep -q PSD2 && test "$(field checked <d | sort -u)" = 2026-11-21'
check 'the calendar file' 'u incident deadlines --ics due.ics -q >/dev/null && grep -q "^BEGIN:VEVENT" due.ics && grep -q "^DTSTART;VALUE=DATE:2026" due.ics && test "$(tail -1 due.ics | tr -d "\r")" = END:VCALENDAR'
check 'steps are done, with their references; mails are kept' '
	printf "From: service@paypa1.example\nReceived: MARKER-MAIL\n\nYour account\n" >mail.eml && u incident attach mail.eml --text "the mail that began it" -q && for k in "mailbox inbox" "sim phone" "stop paypal" "evidence"; do u incident done "$(number $k)" -q || exit 1; done && u incident done "$(number report paypal)" --ref PP-R-QXA-1 -q && test "$(u incident show --json | objects incident | field steps_done)" = 5'
check 'the case is open since the notice; nothing is overdue yet' 'test "$(u case show paypal --json | field channel)" = web && u case list --overdue --json >out && test ! -s out'
at 2026-12-02T09:00
check 'they did not answer: overdue; it climbs to the formal complaint, with a letter in English' '
	test "$(u case list --overdue --json | field account)" = paypal && u case climb paypal --out complaint.txt --name "Mara Beispiel" -q >/dev/null && test "$(u case show paypal --json | field rung)" = complaint && grep -q "Mara Beispiel" complaint.txt && grep -q "PP-R-QXA-1" complaint.txt && grep -q "310.00 EUR" complaint.txt && test "$(stat -c %a complaint.txt)" = 600'
at 2027-01-25T09:00
check 'nor to that: it climbs once more, in Chinese; no secret is in either letter' '
	u --lang zh case climb paypal --out next.txt -q >/dev/null && test "$(u case show paypal --json | field rung)" = ombudsman && grep -q "PP-R-QXA-1" next.txt && LC_ALL=C.UTF-8 grep -q "付款" next.txt && ! grep -q -e "-pw-1" -e "correct horse" complaint.txt next.txt'
check 'the evidence bundle, in both languages' 'u incident evidence I1 --out bundle -q >/dev/null && test -s bundle/manifest.txt && test -s bundle/report.html && test "$(ls bundle/report*.html | wc -l)" = 2 && test "$(stat -c %a bundle)" = 700 && grep -q "PP-R-QXA-1" bundle/timeline.csv && test ! -e bundle.partial'
check 'the statement is in it byte for byte, and the mail' 'find bundle -type f ! -name "*.tar" -exec sha256sum {} + >sums && grep -q "^$(sha256sum <"$MADE/paypal-activity-en.csv" | cut -d" " -f1)" sums && grep -q "^$(sha256sum <mail.eml | cut -d" " -f1)" sums'
if command -v minisign >/dev/null && command -v signify-openbsd >/dev/null && command -v openssl >/dev/null; then
	check 'minisign, signify and openssl agree with it, and not with another' '
		cd bundle && key=$(grep -o "RW[A-Za-z0-9+/=]\{54\}" keys.txt | head -1) && minisign -V -q -P "$key" -m manifest.txt && printf "untrusted comment: k\n%s\n" "$key" >../k.pub && signify-openbsd -V -q -p ../k.pub -x manifest.txt.minisig -m manifest.txt &&
		openssl pkeyutl -verify -rawin -pubin -inkey ek.pem -sigfile manifest.sig -in manifest.txt && sed "s/^SHA256/SHA255/" manifest.txt >../other && ! openssl pkeyutl -verify -rawin -pubin -inkey ek.pem -sigfile manifest.sig -in ../other && ! minisign -V -q -P "$key" -x manifest.txt.minisig -m ../other'
else
	skip 'minisign, signify and openssl' 'they are not installed'
fi
check 'thaw with the kit: everything new, what was exposed is listed; frozen no more' '
	purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw2 >out && grep -q THAWED out && cp pw2 pw && test "$(purser status --json | field state)" = open && test "$(u rotate --list --exposed --json | field account | sort | tr "\n" " ")" = "inbox paypal wechat "'
check 'what was exposed is changed, worst first, until nothing is left' '
	n=0; while u rotate --next --json >r 2>err && a=$(field account <r) && test -n "$a"; do u rotate "$a" --done -q || exit 1; test $((n += 1)) -lt 9 || exit 1; done; test $n = 3 && test -z "$(u rotate --list --exposed --json)"'
check 'refunded: the case is closed; the incident too, with a review of what was missing' '
	u case update paypal --answer "we pay back" --close "refunded in full" -q >/dev/null && u case update phone --close "new SIM" -q >/dev/null && u case update "my bank" --close "new card" -q >/dev/null &&
	u incident done "$(number thaw)" -q 2>/dev/null; u incident close --yes --review "verify the kit first" >out && grep -q "What was missing" out && grep -q "kit is not verified" out && ! grep -q "exposed" out && ! grep -q "still frozen" out && expect_exit 8 u incident && test "$(purser status --json | field state)" = open'
check 'the log tells all of it, unbroken' 'u log verify -q >/dev/null && u log list --json >l && for x in freeze inbox incident case evidence thaw; do grep -q "\"event\":\"$x\"" l || { echo "$x"; exit 1; }; done'
finish
