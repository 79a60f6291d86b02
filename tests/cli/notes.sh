#!/bin/sh
# history add: a row before its statement, also while locked; merged once at the next unlock, matched by a later statement.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2
u() { purser "$@" --password-file pw; }
waiting() { purser status --json | field notes_waiting; }
rows() { u history --json | grep -c .; }
# A statement of made-up rows of PayPal: DATE TIME NAME NET ID ...
statement() {
	printf '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address","Transaction ID","Balance"\r\n'
	while [ $# -ge 5 ]; do
		printf '"%s","%s","CET","%s","Express Checkout Payment","Completed","EUR","%s","0.00","%s","a@example.com","b@example.com","%s","100.00"\r\n' "$1" "$2" "$3" "$4" "$4" "$5"; shift 5
	done
}

check 'without a store: 8' 'expect_exit 8 purser history add paypal -310.00 EUR'
check 'a store' 'purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit && u account add paypal --provider paypal -q && test "$(waiting)" = 0'
check 'bad amounts, currencies and times: 2, nothing waits' '
	for c in "x EUR" "-1.234 EUR" "-1 €"; do expect_exit 2 purser history add paypal $c || exit 1; done
	expect_exit 2 purser history add paypal -1 EUR --at 25:00 && expect_exit 2 purser history add paypal -1 EUR --at 2999-01-01 && expect_exit 2 purser history add paypal -1 EUR --at 2024-02-30 && test "$(waiting)" = 0'
check 'locked: no password is asked, it is sealed, and said so' '
	no_terminal purser history add paypal -310.00 EUR --at "2026-11-20 01:47" --with "unknown shop" >out && grep -q "Noted and sealed" out && test "$(waiting)" = 1'
check 'nothing of it can be read in the files' '! grep -rqa -e "unknown shop" -e 310 "$PURSER_HOME/vault/inbox" && test "$(stat -c %a "$PURSER_HOME/vault/inbox")" = 600'
check 'several wait; each is counted' 'purser history add paypal 20 EUR --at 2026-11-19 --json >out && test "$(field notes_waiting <out)" = 2 && test "$(field sealed <out)" = true && purser history add papyal -5 EUR && test "$(waiting)" = 3'
check 'a torn end is cut off, what was whole stays' '
	cp "$PURSER_HOME/vault/inbox" whole && printf "\300\0\0\0half" >>"$PURSER_HOME/vault/inbox" && test "$(waiting)" = 3 && purser history add paypal -7 EUR --at 2026-11-18 && test "$(waiting)" = 4'
check 'the next unlock takes them in, and says so' '
	cp "$PURSER_HOME/vault/inbox" again && u history --json >out 2>err && test "$(field amount <out | tr "\n" " ")" = "-310.00 20.00 -7.00 " && grep -q "4 notes" err && grep -q "history notes" err && test "$(waiting)" = 0 && test ! -e "$PURSER_HOME/vault/inbox"'
check 'they are provisional, with time and name' '
	u history --json >out && test "$(field provisional <out | sort -u)" = true && test "$(field counterparty <out | head -1)" = "unknown shop" && field time <out | head -1 | grep -q "^2026-11-20T01:47:00" && test "$(field statement <out | sort -u)" = null'
check 'the same file again adds nothing' 'cp again "$PURSER_HOME/vault/inbox" && test "$(rows)" = 3 && test ! -e "$PURSER_HOME/vault/inbox"'
check 'a note for an unknown account is kept, listed, and placed once the account is there' '
	u history notes --json >out && test "$(field account <out)" = papyal && test "$(field problem <out)" = account && u account add papyal -q && u history papyal --json >out && test "$(field amount <out)" = -5.00 && u history notes 2>err && grep -q "No note" err'
check 'or dismissed' '
	purser history add nobody -1 EUR && u history notes --json >out && id=$(field id <out) && u history notes --dismiss "$id" && u history notes --json >out && test ! -s out && expect_exit 8 u history notes --dismiss "$id"'
check 'flipped and cut files: never a crash, never a row that nobody wrote' '
	purser history add paypal -9 EUR --at 2026-11-18 && cp "$PURSER_HOME/vault/inbox" one && before=$(rows) && after=$(rows) && test "$after" = $before &&
	for at in 0 9 12 60 150; do cp one bent && printf "\377" | dd of=bent bs=1 seek=$at conv=notrunc 2>/dev/null && cp bent "$PURSER_HOME/vault/inbox" && test "$(rows)" = "$after" || exit 1; done'
check 'a statement takes the place of the noted row: not doubled, the verdict stays, both IDs find it' '
	id=$(u history --json --search "unknown shop" | field id) && u review mark $id fraud -q && statement 21/11/2026 09:00:00 "SHENZHEN TRADE" -310.00 AAAA1 20/11/2026 10:00:00 Bakery -3.10 AAAA2 >s.csv && before=$(rows) &&
	u import s.csv --account paypal --json >out && test "$(field added <out)" = 1 && test "$(field updated <out)" = 1 && test "$(rows)" = $((before + 1)) && u history show $id --json >out && test "$(field provisional <out)" = false &&
	test "$(field counterparty <out)" = "SHENZHEN TRADE" && test "$(field review <out)" = fraud && u history show "$(field id <out)" --json >out'
check 'the same statement again adds nothing' 'before=$(rows) && u import s.csv --account paypal --json >out && test "$(field added <out)" = 0 && test "$(field updated <out)" = 0 && test "$(rows)" = "$before" &&
	statement 21/11/2026 09:00:00 "SHENZHEN TRADE" -310.00 AAAA1 >s2.csv && u import s2.csv --account paypal --json >out && test "$(field duplicates <out)" = 1 && test "$(rows)" = "$before"'
check 'another amount, another currency, other accounts and days far away do not match' '
	purser history add paypal -50 EUR --at 2026-11-05 && purser history add paypal -51 USD --at 2026-11-15 && purser history add papyal -51 EUR --at 2026-11-15 && before=$(rows) &&
	statement 15/11/2026 09:00:00 Shop -50.00 BBBB1 15/11/2026 09:00:00 Shop -51.00 BBBB2 >s3.csv && u import s3.csv --account paypal --json >out && test "$(field added <out)" = 2 && test "$(rows)" = $((before + 2))'
check 'of two with the same amount the one with the agreeing name is taken' '
	purser history add paypal -12 EUR --at 2026-10-22 --with "Cafe Luna" && purser history add paypal -12 EUR --at 2026-10-23 --with "Kiosk" && statement 23/10/2026 09:00:00 "CAFE LUNA GMBH" -12.00 CCCC1 >s4.csv &&
	u import s4.csv --account paypal --json >out && test "$(field updated <out)" = 1 && u history --from 2026-10 --to 2026-10 --json >out && grep "\"provisional\":true" out | field counterparty | grep -qx Kiosk && test "$(grep -c . out)" = 2'
check 'two rows of a statement take two notes, not one twice' '
	purser history add paypal -4 EUR --at 2026-09-22 && statement 22/09/2026 09:00:00 A -4.00 DDDD1 22/09/2026 10:00:00 B -4.00 DDDD2 >s5.csv && u import s5.csv --account paypal --json >out && test "$(field updated <out)" = 1 && test "$(field added <out)" = 1'
check 'an import that is taken back gives the noted row back' '
	u statement list --json >out; st=$(grep s4.csv out | field id) && u statement remove "$st" -q && u history --from 2026-10 --to 2026-10 --json >out && test "$(field provisional <out | sort -u)" = true &&
	field counterparty <out | grep -qx "Cafe Luna" && u import s4.csv --account paypal --json >out && test "$(field updated <out)" = 1'
check 'a dry run takes nothing' 'purser history add paypal -77 EUR --at 2026-08-22 && statement 22/08/2026 09:00:00 A -77.00 EEEE1 >s6.csv && u import s6.csv --account paypal --dry-run --json >out && test "$(field updated <out)" = 1 && test "$(u history --from 2026-08 --to 2026-08 --json | field provisional)" = true'
check 'with the password, or an agent, it is written at once; an unknown account: 8' '
	u history add paypal -1.50 EUR --at 2026-07-01 --json >out && test "$(field provisional <out)" = true && test "$(field account <out)" = paypal && expect_exit 8 u history add payapl -1 EUR && test "$(waiting)" = 0'
check 'while frozen, and across a thaw, nothing is lost' '
	purser freeze >out && purser history add paypal -66 EUR --at 2026-06-01 && test "$(waiting)" = 1 && purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw2 >out && test "$(waiting)" = 1 &&
	purser history --from 2026-06 --to 2026-06 --json --password-file pw2 >out && test "$(field amount <out)" = -66.00 && purser log verify --password-file pw2'
check 'too many: refused, what waits stays' '
	n=0; while purser history add paypal -1 EUR --with "$(printf %0240d 1)" -q >/dev/null 2>err; do n=$((n + 1)); [ $n -lt 1200 ] || exit 1; done; test $n -gt 300 && test "$(waiting)" = $n && purser history --password-file pw2 -n 1 >out && test "$(waiting)" = 0'
finish
