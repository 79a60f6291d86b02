#!/bin/sh
# incident deadlines: dates by hand through the whole program, the country of an account, what is near, the calendar file, a
# user's own facts.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
M=$TESTS/made-up
p() { purser --password-file pw --no-input "$@"; }
# Sunday 2026-11-22 10:00 UTC
PURSER_TEST_NOW=1795341600000
export PURSER_TEST_NOW
DAY=86400000
# due FACT [KEY] <objects
due() { perl -MJSON::PP -ne 'BEGIN { ($f, $k) = (shift, shift // "due") } $o = JSON::PP->new->utf8->decode($_); next if $o->{object} ne "deadline" || $o->{fact} ne $f;
	$v = $o->{$k}; print ref $v ? ($v ? "true" : "false") : $v // "null", "\n"' "$@"; }

p init -q --kdf-memory 8 --kit-file kit --unverified-kit >/dev/null 2>&1
check 'account --country: kept, shown, upper case, UK is GB' '
	p account add paypal --provider paypal --currency EUR --country us --json >out && test "$(field country <out)" = US &&
	p account edit paypal --country uk --json >out && test "$(field country <out)" = GB && p account show paypal | grep -q "^Country  *GB"'
check '... taken away: assumed from the currency, and it says so' '
	p account edit paypal --country "" --json >out && test "$(field country <out)" = null && p account show paypal | grep -q "EEA (assumed from the currency)"'
check '... what is no country: 2, nothing is changed' '
	for c in EEA D U1 "D " deu; do expect_exit 2 p account edit paypal --country "$c" 2>err && grep -q "no country code" err || exit 1; done
	expect_exit 2 p account add other --country 12 2>err && test "$(p account list --json | wc -l)" = 1'
check 'no incident: 0, and it says so; an unknown one: 8' '
	p incident deadlines >out 2>err && test ! -s out && grep -q "No incident is open" err && expect_exit 8 p incident deadlines I7 2>err && expect_exit 2 p incident deadlines x 2>err'

# One month: the file can be the statement of it. The whole file cannot.
{ head -1 "$M/paypal-activity-en.csv"; grep "^\"../11/2026" "$M/paypal-activity-en.csv"; } >month.csv
p import -q -a paypal month.csv >/dev/null 2>&1
row=$(p history --json --search "QX Trade" | field id)
p incident open unauthorised --row "$row" -q >/dev/null 2>&1
check 'EUR without a country: the EEA, assumed; EU-01 and PP-06, 13 months from 2026-11-21' '
	p incident deadlines --json >out && test "$(due EU-01 <out)" = 2027-12-21 && test "$(due PP-06 <out)" = 2027-12-21 &&
	test "$(due EU-01 country_assumed <out)" = true && test "$(due EU-01 country <out)" = EEA && ! grep -q "\"US-0" out'
check 'the rule in words, who, source, day and status of each' '
	test "$(due EU-01 rule <out)" = "13 months from the payment of 2026-11-21" && test "$(due EU-01 who <out)" = you && test "$(due EU-01 incident <out)" = I1 &&
	perl -MJSON::PP -ne "\$o = JSON::PP->new->utf8->decode(\$_); exit 1 if length(\$o->{source}) < 6 || \$o->{checked} !~ /^20..-..-..\$/ || \$o->{due} !~ /^20..-..-..\$/ ||
		\$o->{due} lt (\$last // \"\") || \$o->{status} ne \"confirmed\"; \$last = \$o->{due}; \$n++; END { exit 1 if \$n < 3 }" out'
p account edit paypal --country US -q
check 'US: US-01 two business days from learning, US-02 and US-06 60 days from the statement of 2026-11-21' '
	p incident deadlines --json >out && test "$(due US-01 <out)" = 2026-11-24 && test "$(due US-02 <out)" = 2027-01-20 && test "$(due US-06 <out)" = 2027-01-20 &&
	test "$(due US-02 statement_unknown <out)" = false && test "$(due US-01 calendar <out)" = us-federal && test "$(due US-02 country_assumed <out)" = false && ! grep -q "\"EU-0" out'
check 'the day is that of the zone of the user' '
	PURSER_TEST_NOW=$((PURSER_TEST_NOW + 6 * 3600000)) p --tz Asia/Tokyo incident open lost-device -a paypal -q >/dev/null &&
	p --tz Asia/Tokyo incident deadlines I2 --json >out && test "$(due US-01 from_date <out)" = 2026-11-23 && test "$(due US-01 <out)" = 2026-11-25 &&
	p --tz UTC incident deadlines I2 --json >out && test "$(due US-01 from_date <out)" = 2026-11-22 && p incident close I2 --review x -q --yes'
check 'only confirmed facts give a date; PP-03, reported and not earlier, gives none, and it says so' '
	p incident deadlines I1 --json >out && ! grep -q "\"PP-03\"" out && p incident deadlines I1 >out && grep -q "^Only reported by others, gives no date here: 60 days from the statement" out'
check 'each fact has its source below; the calendar says what it assumes' '
	test "$(grep -cE "^(Sun|Mon|Tue|Wed|Thu|Fri|Sat) 20" out)" = "$(grep -cE "^    confirmed, checked on 20..-..-..: .*[^:]" out | awk "{ print \$1 - 1 }")" &&
	grep -q "^Business days, US federal holidays: Monday to Friday" out && grep -q "Business days by calendar: US federal holidays" out'
check '--within: 10 where something is due, 0 where not' '
	expect_exit 10 p incident deadlines --within 3d --json >out && test "$(field fact <out)" = US-01 && p incident deadlines --within 1d >out 2>err && test ! -s out && grep -q "Nothing is due" err &&
	expect_exit 10 p incident deadlines --within 9w --json >out && test "$(wc -l <out)" = 3 && for w in 3 3x -1d "" 99999d 999w; do expect_exit 2 p incident deadlines "--within=$w" 2>err || exit 1; done'
check 'what has ended is still due' '
	PURSER_TEST_NOW=$((PURSER_TEST_NOW + 5 * DAY)) expect_exit 10 p incident deadlines --within 0d --json >out && test "$(due US-01 days_left <out)" = -3'
check 'status and incident show name what is near; locked, status does not know' '
	p unlock -q >/dev/null && purser status --json >out && test "$(field next_deadline <out)" = 2026-11-24 && purser status | grep -q "Next deadline: Tue 2026-11-24, in 2 days  paypal, you: Report a lost" &&
	purser incident show I1 | grep -q "^Due    Tue 2026-11-24, in 2 days" && purser lock -q && purser status --json >out && test "$(field next_deadline <out)" = null'
check 'a notice does what had to be told; what they have to do follows: US-06a 10 business days over Thanksgiving, US-06d 45, US-06e 90 days' '
	PURSER_TEST_NOW=$((PURSER_TEST_NOW + DAY)) p incident notice paypal --by web --ref R-1 --incident I1 -q >/dev/null && p incident deadlines I1 --json >out &&
	test "$(due US-01 done <out)" = 2026-11-23 && test "$(due US-02 done <out)" = 2026-11-23 && test "$(due US-06a <out)" = 2026-12-08 && test "$(due US-06b <out)" = 2026-12-08 &&
	test "$(due US-06d <out)" = 2027-01-07 && test "$(due US-06e <out)" = 2027-02-21 && test "$(due US-06e closed_day <out)" = true && test "$(due PP-01a <out)" = 2026-12-03 && test "$(due US-06a who <out)" = they &&
	p incident deadlines --within 3d >out 2>err && test ! -s out && p incident deadlines >out && grep -q "^    done on 2026-11-23" out'
check '... one that is taken back does not' '
	p incident notice --retract 1 --why "wrong account" --incident I1 -q >/dev/null && p incident deadlines I1 --json >out && test "$(due US-01 done <out)" = null && ! grep -q US-06a out &&
	PURSER_TEST_NOW=$((PURSER_TEST_NOW + DAY)) p incident notice paypal --by web --incident I1 -q >/dev/null'

check '--ics: one event for each open date, CR LF, lines of at most 75 octets, an alarm, readable by the owner only, no login' '
	p account edit paypal --login "Marker-Login-77" -q && p incident deadlines I1 --ics one.ics >/dev/null 2>err && grep -q "plain text" err && test "$(stat -c %a one.ics)" = 600 &&
	test "$(grep -c "^BEGIN:VEVENT" one.ics)" = "$(p incident deadlines I1 --json | field done | grep -c null)" && ! grep -q Marker one.ics &&
	perl -0777 -ne "exit 1 if /[^\r]\n/ || !/^BEGIN:VCALENDAR\r\nVERSION:2.0\r\n/ || !/END:VCALENDAR\r\n\$/; for (split /\r\n/) { exit 1 if length > 75 }
		s/\r\n //g; exit 1 if !/DTSTART;VALUE=DATE:20261208\r\n/ || !/TRIGGER:-P1D/ || !/SUMMARY:I1 paypal: /" one.ics'
check '... the same dates again: the same bytes but for the stamp; never over a file that exists' '
	PURSER_TEST_NOW=$((PURSER_TEST_NOW + 3600000)) p incident deadlines I1 --ics two.ics >/dev/null 2>&1 && sed "/^DTSTAMP/d" one.ics >a && sed "/^DTSTAMP/d" two.ics >b && cmp a b &&
	! cmp -s one.ics two.ics && expect_exit 2 p incident deadlines I1 --ics one.ics >/dev/null 2>err && grep -q "exists already" err && test "$(grep -c "^UID:" one.ics)" = "$(grep "^UID:" one.ics | sort -u | wc -l)"'
check '... a name that would make a line of its own does not' '
	p account add "a, b; c" --provider paypal --country US -q 2>/dev/null || p account add "a.b & c" --provider paypal --country US -q; n=$(p account list --json | field name | sed -n 1p) &&
	p incident open lost-device -a "$n" -q >/dev/null && p incident deadlines I3 --ics three.ics >/dev/null 2>&1 && grep -q "^SUMMARY:I3 " three.ics && p incident close I3 --review x -q --yes'

mkdir -p "$PURSER_HOME"
own() { cat >"$PURSER_HOME/providers.txt"; }
tail='source: my contract
checked: 2026-11-21'
check 'an own fact drives a date, an own reported one only an earlier one, an own unconfirmed one none' '
	own <<END
fact: MY-1
of: paypal
kind: deadline
who: you
period: 30 days
from: payment
duty: report
en: mine
$tail
status: confirmed

fact: MY-2
of: paypal
kind: deadline
who: you
period: 7 days
from: payment
duty: report
en: heard
$tail
status: confirmed-2nd

fact: MY-3
of: paypal
kind: deadline
who: you
period: 90 days
from: payment
duty: report
en: heard later
$tail
status: confirmed-2nd

fact: MY-4
of: paypal
kind: deadline
who: you
period: 1 days
from: payment
duty: report
en: guessed
$tail
status: unconfirmed

fact: MY-5
of: paypal
kind: deadline
who: you
period: 48 hours
from: learning
en: by the hour
$tail
status: confirmed
END
	p incident deadlines I1 --json >out && test "$(due MY-1 <out)" = 2026-12-21 && test "$(due MY-1 own <out)" = true && test "$(due MY-2 <out)" = 2026-11-28 &&
	test "$(due MY-2 only_earlier <out)" = true && test "$(due MY-2 confirmed_fact <out)" = MY-1 && test "$(due MY-2 status <out)" = confirmed-2nd && ! grep -q -e MY-3 -e MY-4 out &&
	p incident deadlines I1 >out && grep -A3 "you: heard\$" out | grep -q "only reported by others, check yourself; the confirmed date (MY-1) is 2026-12-21" && ! grep -q guessed out'
check 'hours end at an instant' 'p incident deadlines I1 --json >out && test "$(due MY-5 due_time <out)" = 2026-11-24T10:00:00Z -o "$(due MY-5 due_time <out)" = 2026-11-24T10:00:00+00:00 && test "$(due MY-5 <out)" = 2026-11-24'
check 'a shipped fact that the user replaced' '
	own <<END
fact: US-02
of: us-reg-e
kind: deadline
who: you
period: 20 days
from: statement
duty: report
en: shorter
jurisdiction: US
$tail
status: confirmed
END
	p incident deadlines I1 --json >out && test "$(due US-02 <out)" = 2026-12-11 && test "$(due US-02 own <out)" = true'
check 'a damaged own file: one clear warning, the shipped facts hold' '
	printf "fact: X\nof: paypal\nkind: deadline\nen: a\033[2J\n" | own && p incident deadlines I1 --json >out 2>err && grep -q "providers.txt:4: " err && test "$(grep -c providers.txt err)" = 1 &&
	test "$(due US-02 <out)" = 2027-01-20 && ! grep -q "$(printf "\033")" out err; r=$?; rm "$PURSER_HOME/providers.txt"; exit $r'
check 'older than 180 days: marked' '
	PURSER_TEST_NOW=$((PURSER_TEST_NOW + 200 * DAY)) p incident deadlines I1 >out && grep -q "older than 180 days" out &&
	PURSER_TEST_NOW=$((PURSER_TEST_NOW + 200 * DAY)) p incident deadlines I1 --json >out && test "$(due US-02 stale <out)" = true && test "$(p incident deadlines I1 --json | due US-02 stale)" = false'
check 'a file of many months is no statement of a month: from the payment, and it says so' '
	p account add second --provider paypal --currency USD -q 2>/dev/null; { head -1 "$M/paypal-activity-en.csv"; tail -n +2 "$M/paypal-activity-en.csv" | grep -v QX; } >many.csv &&
	p import -q -a second many.csv >/dev/null 2>&1; r=$(p history second --json --search "Station Hotel" | field id | sed -n 1p) && p incident open balance-wrong --row "$r" -q >/dev/null &&
	p incident deadlines I4 --json >out && test "$(due US-02 statement_unknown <out)" = true && test "$(due US-02 from_date <out)" = 2026-10-26 && test "$(due US-02 <out)" = 2026-12-25 &&
	test "$(due US-02 country_assumed <out)" = true && ! grep -q "\"US-01\"" out'
check 'China: weekends only, and it says so' '
	p account edit second --country CN -q && p incident deadlines I4 --json >out && ! grep -q "\"US-0" out && p account edit second --country US -q && p incident close I4 --review x -q --yes'
check 'all open incidents at once; a closed one only by its name' '
	p incident open phishing -a second -q >/dev/null && p incident deadlines --json >out && test "$(field incident <out | sort -u | tr "\n" " ")" = "I1 I5 " && p incident deadlines | grep -q "  I5 second, you: " &&
	p incident close I5 --review x -q --yes && p incident deadlines --json >out && test "$(field incident <out | sort -u)" = I1 && p incident deadlines I5 --json >out && test -s out'
check 'a case that climbs is a complaint: EU-04 15 business days over Christmas, EU-04a 35; its answer ends both and PP-01a, no refund' '
	p account edit paypal --country DE -q && PURSER_TEST_NOW=$((PURSER_TEST_NOW + 15 * DAY)) p case climb paypal >/dev/null 2>&1 && p incident deadlines I1 --json >out &&
	test "$(due EU-04 from_date <out)" = 2026-12-07 && test "$(due EU-04 <out)" = 2026-12-29 && test "$(due EU-04a <out)" = 2027-01-27 && test "$(due EU-04 done <out)" = null &&
	PURSER_TEST_NOW=$((PURSER_TEST_NOW + 16 * DAY)) p case update paypal --answer "no" -q >/dev/null && p incident deadlines I1 --json >out && test "$(due EU-04 done <out)" = 2026-12-08 &&
	test "$(due PP-01a done <out)" = 2026-12-08 && test "$(due EU-02 done <out)" = null && p account edit paypal --country US -q'
check 'in Chinese: text and rule, the words of the program stay' '
	p --lang zh incident deadlines I1 --json >out && grep -q "上报对账单上出现的转账" out && test "$(due US-02 who <out)" = you && test "$(due US-02 <out)" = 2027-01-20'
check 'works while frozen; freeze names the clocks of the providers on the card' '
	purser freeze >out && grep -q "^Clocks that run" out && grep -q "In time (US), 2 business days from when you learn of it" out && grep -q "In time (EEA), 13 months from the payment" out &&
	p incident deadlines I1 --json >out && test "$(due US-02 <out)" = 2027-01-20'
finish
