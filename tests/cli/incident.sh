#!/bin/sh
# incident: opened by a freeze, by a verdict and by hand; steps in the order of what they save; notes and notices, locked and open;
# attachments; the review at the end. A whole incident from statements to the close is in whole-incident.sh.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2
u() { purser "$@" --password-file pw; }
statement() {
	printf '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address","Transaction ID","Balance"\r\n'
	while [ $# -ge 5 ]; do
		printf '"%s","%s","CET","%s","Express Checkout Payment","%s","EUR","%s","0.00","%s","a@example.com","b@example.com","%s","100.00"\r\n' "$1" "$2" "$3" "${6:-Completed}" "$4" "$4" "$5"; shift 5
	done
}
objects() { grep "\"object\":\"$1\""; }
steps() { u incident show --json | objects step; }
# The first N keys in order, with their accounts.
order() { steps | perl -MJSON::PP -ne '$o = decode_json($_); print $o->{key}, $o->{account} ? ":$o->{account}" : "", " "' | cut -d" " -f1-"$1"; }
number() { steps >.steps; perl -MJSON::PP -e 'my ($k, $a) = @ARGV; open F, "<", ".steps"; while (<F>) { $o = decode_json($_); print $o->{n}, "\n" if $o->{key} eq $k && ($o->{account} // "") eq ($a // "") }' "$@"; }

check 'without a store: the general order, from what is shipped; no password, no question' '
	no_terminal purser incident next --all >out 2>err && grep -q "general order" err && grep -q "Freeze purser" out && grep -q "Say: " out && ! grep -q assword err'
check 'without a store nobody is told of a card or a lock; unknown kinds: 2; steps of an ID: 8' '
	purser incident next >out 2>err && grep -q "no store" err && ! grep -q locked err && expect_exit 2 purser incident next --kind theft && expect_exit 8 purser incident next I1'
check 'show without a store: 8' 'expect_exit 8 purser incident'
check 'a store' 'purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit && u account add paypal --provider paypal -q && u account add wechat --provider wechat -q &&
	u account add inbox --provider mailbox --controls paypal --controls wechat --way-in "recovery codes in the desk" -q && u account add other --provider revolut -q'
check 'nothing is open: 8, and the list is empty; unknown ones: 8; no such word: 2' '
	expect_exit 8 u incident && expect_exit 8 u incident show I7 && expect_exit 2 u incident show x && u incident list >out && test ! -s out && expect_exit 2 u incident open theft'

check 'a verdict of fraud opens one, with the row in it; a second goes into the same' '
	statement 20/11/2026 01:47:00 "unknown shop" -310.00 AAAA1 20/11/2026 01:52:00 "unknown shop" -99.98 AAAA2 21/11/2026 09:00:00 Bakery -3.10 AAAA3 >s.csv && u import s.csv --account paypal -q &&
	set -- $(u history --json --search "unknown shop" | field id) && u review mark $1 fraud >out 2>err && grep -q "Incident I1" err && u review mark $2 fraud 2>err && ! grep -q "Incident" err && u incident show --json >out &&
	test "$(objects incident <out | field kind)" = unauthorised && test "$(objects incident <out | field rows)" = 2 && test "$(objects incident <out | field accounts)" = "[\"paypal\"]"'
check 'the row leaves it when the verdict is taken back, and comes again with it' '
	u review undo -q && test "$(u incident show --json | objects incident | field rows)" = 1 && u review mark "$(u history --json --search "unknown shop" | field id | head -1)" "$(u history --json --search "unknown shop" | field id | tail -1)" fraud -q && test "$(u incident show --json | objects incident | field rows)" = 2'
check 'the mailbox that can reset the wallet comes before the wallet; the wallet that is not touched does not come' '
	test "$(order 5)" = "freeze mailbox:inbox sim stop:paypal report:paypal" && ! steps | grep -q "\"account\":\"other\""'
check 'a mailbox that resets nothing of it comes after the wallet' '
	cp -a "$PURSER_HOME" away && PURSER_HOME=$TMP/away && u account edit inbox --controls other -q && ! order 30 | grep -q "mailbox:inbox" && u incident notice inbox --by web --text x -q >/dev/null && order 30 | grep -q "report:paypal.*mailbox:inbox"'
check 'a step in full: official channel with source and date, what to say, what never to give, what to write down' '
	u incident next --all >out && grep -q "Resolution Center" out && grep -q "checked on 2026-11-21" out && grep -q "Say: " out && grep -q "Never give: " out && grep -q "Write down: " out && grep -q "Way in: recovery codes" out'
check 'a fact of the owner is shown as that, in JSON too' '
	printf "fact: X-1\nof: paypal\nkind: freeze\nby: phone\nen: Call here.\nvalue: +1 900 555 0199\nsource: a message\nchecked: 2026-11-22\nstatus: confirmed\n" >"$PURSER_HOME/providers.txt" && u incident next --all >out && grep -A1 0199 out | grep -q "your own entry" &&
	u incident next --all --json >out && grep 0199 out | grep -q "\"own\":true" && grep Resolution out | grep -q "\"own\":false"; r=$?; rm "$PURSER_HOME/providers.txt"; test $r = 0'
check 'in Chinese' 'u --lang zh incident next --all >out && grep -q "邮箱" out && grep -q "绝不" out'
check 'done keeps time and reference, and names the next; undo opens it again; no such step: 8' '
	n=$(number report paypal) && u incident done "$n" --ref PP-R-QXA-1 --at "2026-11-21 02:19" >out && grep -q "Next:" out && steps | grep "\"n\":$n," >st && test "$(field ref <st)" = PP-R-QXA-1 && field done <st | grep -q "^2026-11-21T02:19" &&
	u incident done "$n" --undo -q && test "$(steps | grep "\"n\":$n," | field done)" = null && u incident done "$n" --ref PP-R-QXA-1 -q && expect_exit 8 u incident done 9999 && expect_exit 2 u incident done zero'
check 'a reference number that comes later moves no time and loses no note; what was written down outlives undo' '
	n=$(number report paypal) && u incident done "$n" --at "2026-11-20 08:00" --ref R-1 --note "Ms K." -q && u incident done "$n" --ref R-2 -q && steps | grep "\"n\":$n," >st && test "$(field ref <st)" = R-2 && test "$(field note <st)" = "Ms K." && field done <st | grep -q "^2026-11-20T08:00" &&
	u incident done "$n" --undo -q && steps | grep "\"n\":$n," >st && test "$(field done <st)" = null && test "$(field ref <st)" = R-2 && u incident done "$n" --ref PP-R-QXA-1 -q && expect_exit 2 u incident done "$n" --at 1970-01-01'
check 'locked, the next steps name the contacts that its owner entered' 'cp -a "$PURSER_HOME" own && PURSER_HOME=$TMP/own && u account edit paypal --contact "phone:+49 30 5550 1234" -q && purser incident next --all >out 2>&1 && grep -q "Your own entry: phone +49 30 5550 1234" out'
check 'the list of steps says when each was done and with which reference' 'u incident show --steps >out && grep -q "\[20[0-9-]* [0-9:]*  PP-R-QXA-1\]$" out'
check 'a step keeps its number when another account joins' '
	n=$(number report paypal) && u incident notice other --by phone --text "they watch it" >/dev/null && test "$(number report paypal)" = "$n" && test -n "$(number stop other)"'
check 'notices: to whom, when, how, reference, answer by; the case is opened and then updated' '
	u incident notice paypal --by web --ref PP-R-QXA-1 --answer-by 2026-12-02 --text "agent Ms K." --at "2026-11-21 02:19" --json >out && test "$(field case <out)" != null && c=$(field case <out) && u incident notice paypal --by phone --ref PP-R-QXA-1 --json >out && test "$(field case <out)" = "$c"'
check 'what is missing or wrong of a notice: 2, nothing is written' '
	n=$(u incident show --json | objects notice | wc -l) && expect_exit 2 u incident notice paypal && expect_exit 2 u incident notice && expect_exit 2 u incident notice paypal --by pigeon && expect_exit 2 u incident notice paypal --by web --answer-by 2026-02-30 && test "$(u incident show --json | objects notice | wc -l)" = "$n"'
check 'an empty note, nobody told, an answer before the question, a time of --discovered: 2, nothing is written' '
	n=$(u incident show --json | objects note | wc -l) && expect_exit 2 u incident note "" && expect_exit 2 u incident note "  " && expect_exit 2 purser incident note "" && expect_exit 2 u incident notice "" --by web && expect_exit 2 u incident notice paypal --by web --answer-by 2020-01-01 && u incident notice paypal --by web --at 2020-01-01 --answer-by 2020-01-01 --json >out && u incident notice --retract "$(field n <out)" -q &&
	test "$(u incident show --json | objects note | wc -l)" = "$n" && expect_exit 2 u incident open phishing --discovered never 2>err && ! grep -q -e --at err'
check 'taken back, as JSON' 'u incident note "a slip" --json >out && n=$(field n <out) && u incident note --retract "$n" --json >out && test "$(field n <out)" = "$n" && test "$(field incident <out)" = I1 && test "$(field retracted <out)" != null'
check 'taken back, never erased; twice: 1; of no entry: 8' '
	u incident note "wrong one" --json >out && n=$(field n <out) && u incident note --retract "$n" --why "mixed up" -q && u incident show --json | objects note | grep "\"n\":$n," >e && test "$(field why <e)" = "mixed up" && test "$(field text <e)" = "wrong one" && test "$(field retracted <e)" != null &&
	expect_exit 2 u incident note --retract "$n" && expect_exit 8 u incident note --retract 4711 && u incident show >out && grep -q "taken back: wrong one  -- mixed up" out'
check 'an attachment is kept encrypted, with its hash; it stands nowhere in the files in plain text' '
	printf "From: thief@example.net MARKER-7731\n" >mail.eml && u incident attach mail.eml --text "the mail" --json >out && test "$(field sha256 <out)" = "$(sha256sum <mail.eml | cut -d" " -f1)" && test "$(field name <out)" = mail.eml && ! grep -rqa MARKER-7731 "$PURSER_HOME"'
check 'attachments that are none: 7, one line, nothing kept' '
	before=$(u incident show --json | objects attachment | wc -l) && mkdir -p dir && mkfifo pipe 2>/dev/null; for f in dir pipe missing /dev/zero; do expect_exit 7 u incident attach "$f" 2>err && test "$(grep -c . err)" -le 2 || exit 1; done;
	truncate -s 70M big && expect_exit 7 u incident attach big 2>err && grep -q "64 MiB" err && rm -f big && test "$(u incident show --json | objects attachment | wc -l)" = "$before"'
check 'control characters of names and texts never reach the terminal' '
	n=$(printf "a\033[31mb") && expect_exit 2 u incident note "$n" && cp mail.eml "$n" && expect_exit 2 u incident attach "$n" 2>err && ! grep -q "$(printf "\033")" err && statement 21/11/2026 10:00:00 "$(printf "e\033[2Jvil")" -5.00 ZZZZ1 >evil.csv && u import evil.csv --account paypal -q && u review mark "$(u history --json --search vil | field id)" fraud -q &&
	u incident show --timeline --steps >out && ! grep -q "$(printf "\033")" out'
check 'the time line: payments, steps, notices and the log in the order of time' 'u incident show --timeline >out && grep -q "Payment.*unknown shop" out && grep -q "Told  paypal" out && grep -q "Step  paypal" out'

check 'locked: a note and a notice are sealed, and asked for no password' '
	no_terminal purser incident notice wechat --by app --ref W-1 --answer-by 2026-12-01 --text "froze it" >out && grep -q sealed out && no_terminal purser incident note "phone dead since 23:00" --json >out && test "$(field sealed <out)" = true && test "$(field notes_waiting <out)" = 2 && ! grep -rqa "phone dead" "$PURSER_HOME/vault/inbox"'
check 'and go into the open incident at the next unlock, marked as not authenticated, with a case' '
	u incident show --json >out && objects note <out | grep "phone dead" | grep -q "\"sealed\":true" && objects notice <out | grep "W-1" | grep -q "\"answer_by\":\"2026-12-01\"" && test "$(objects incident <out | field accounts)" = "[\"other\",\"paypal\",\"wechat\"]" && u incident show | grep -q "not authenticated"'
check 'a sealed note from a time that is to come is of now: no time is made up' '
	cp -a "$PURSER_HOME" far && PURSER_HOME=$TMP/far && for t in 253402300800000 9223372036854775; do PURSER_TEST_NOW=$t purser incident notice paypal --by web --ref "F$t" >/dev/null && PURSER_TEST_NOW=$t purser incident note "from $t" >/dev/null || exit 1; done &&
	u incident show --json >out && test "$(grep -c -e "from 2534" -e F2534 -e "from 9223" -e F9223 out)" = 4 && ! grep -e "from 2534" -e F2534 -e "from 9223" -e F9223 out | grep -qv "\"at\":\"$(date +%Y)-" && ! grep -q "\"null\"" out'
check 'close with steps that are open is asked about: without anybody to ask 2, and nothing is closed' 'expect_exit 2 no_terminal purser incident close --no-input --password-file pw 2>err && grep -q -e --yes err && u incident >out'
check 'close: what was missing is named, the review is kept; then none is open' '
	u incident close --yes --review "tell the bank first" >out && grep -q "kit is not verified" out && grep -q "way-in" out && expect_exit 8 u incident && u incident show I1 >out && grep -q "tell the bank first" out && expect_exit 2 u incident close --yes I1'

new_home
check 'a freeze opens one at the next unlock, and says so; the payments that were noted then belong to it' '
	purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit2 --unverified-kit && u account add paypal --provider paypal -q && purser freeze >out && grep -q "purser incident" out && purser history add paypal -310.00 EUR --with "unknown shop" && purser incident notice paypal --by web --ref R1 &&
	test "$(purser status --json | field notes_waiting)" = 2 && u incident show --json >out 2>err && grep -q "Incident I1 is open" err && test "$(objects incident <out | field rows)" = 1 && test "$(objects incident <out | field frozen)" != null && test "$(objects notice <out | field ref)" = R1 && u incident >out 2>err && ! grep -q "is open now" err'
check 'frozen: there is a step to thaw, none to freeze' 'test -n "$(number thaw)" && test -z "$(number freeze)"'
check 'thawed, the incident does not begin with a freeze again' '
	cp -a "$PURSER_HOME" warm && PURSER_HOME=$TMP/warm && purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit2 4<pw >/dev/null 2>&1 && test -z "$(number freeze)" && test -z "$(number thaw)"'
check 'closed, the same freeze opens no second one; a new freeze does' '
	u incident close --yes -q >/dev/null && u history >/dev/null 2>err && expect_exit 8 u incident && purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit2 4<pw >/dev/null 2>&1 && expect_exit 8 u incident && purser freeze >/dev/null && u incident show --json | objects incident | field id | grep -qx I2'
check 'freeze NAME opens one of these accounts, and the next goes into it' '
	purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit2 4<pw >/dev/null 2>&1; u incident close --yes -q >/dev/null; u account add cash -q && u freeze paypal -q >/dev/null && u freeze cash -q >/dev/null && u incident show --json >out &&
	test "$(objects incident <out | field accounts)" = "[\"cash\",\"paypal\"]" && u incident close --yes -q >/dev/null && u thaw paypal cash --no-input --confirm paypal --confirm cash --kit-fd 3 3<kit2 >/dev/null 2>&1; purser freeze >/dev/null; u incident show --json | objects incident | field frozen | grep -q T'
check 'a lost number: it comes first, then the mailbox that it resets, then the wallets that this resets, though only the number was named' '
	cp -a "$PURSER_HOME" num && PURSER_HOME=$TMP/num && u incident close --yes -q >/dev/null; u account add box --provider mailbox --controls paypal -q && u account add number --provider sim --controls box -q && id=$(u incident open lost-device -a number --json | field id) && u incident show "$id" --json | objects step >.st &&
	perl -MJSON::PP -ne "\$o = decode_json(\$_); print \$o->{key}, \$o->{account} ? qq(:\$o->{account}) : q(), q( )" .st | grep -q "sim:number mailbox:box stop:paypal report-leak:paypal" && ! grep -q "\"account\":\"cash\"" .st'
check 'a mailbox that is said to reset nothing of it leaves the general step standing' '
	cp -a "$PURSER_HOME" gen && PURSER_HOME=$TMP/gen && u incident close --yes -q >/dev/null; u account add box --provider mailbox -q && id=$(u incident open unauthorised -a paypal --json | field id) && u incident show "$id" --json | objects step | grep "\"key\":\"mailbox\"" | grep -q "\"account\":null"'
check 'several open ones: which one must be said; each can be' '
	u incident open phishing --title "a text message" --account paypal --json >out && test "$(field kind <out)" = phishing && id=$(field id <out) && expect_exit 2 u incident 2>err && grep -q ", $id" err && u incident show "$id" >out && grep -q "phishing" out && u incident note "hm" --incident "$id" -q && u incident "$id" >out'
check 'each kind has steps, and a severity' '
	for k in unauthorised account-locked cannot-log-in balance-wrong payment-failed lost-device phishing leaked-password; do u incident open $k -a paypal --json >out && test "$(field steps <out)" -ge 3 && test "$(field severity <out)" != null || exit 1; done && test "$(field severity <out)" = high'
check 'a wrong password for freeze NAME names the freeze that needs none' 'echo wrong >bad && expect_exit 3 purser freeze paypal --password-file bad 2>err && grep -q "purser freeze, without a name" err'
check 'without facts that can be read: said with file and line, the steps stay; without steps: 1' '
	cp -a "$(dirname "$(readlink -f "$TMP/bin/purser")")/data" data && cp "$(readlink -f "$TMP/bin/purser")" ./purser-here && echo "nonsense: x" >>data/providers.txt && id=$(u incident list --json | field id | head -1) &&
	./purser-here incident next >out 2>err && grep -q "providers.txt:[0-9]*: " err && ./purser-here incident "$id" --password-file pw >out 2>err && grep -q "providers.txt:[0-9]*: " err && ./purser-here account device list paypal --password-file pw >out 2>err && grep -q "providers.txt:[0-9]*: " err &&
	rm data/incident-steps.txt && expect_exit 1 ./purser-here incident next; rm -rf data purser-here'
check 'without steps that can be read: one clear error' '
	cp -a "$(dirname "$(readlink -f "$TMP/bin/purser")")/data" data && sed -i "s/^phase: 20/phase: 200/" data/incident-steps.txt && cp "$(readlink -f "$TMP/bin/purser")" ./purser-here && PATH=$TMP:$PATH && expect_exit 7 ./purser-here incident next 2>err && grep -q "incident-steps.txt:[0-9]*: phase" err'
finish
