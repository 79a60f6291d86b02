#!/bin/sh
# The recovery kit of K of N sheets: made, shown, typed back, printed, checked by trustees, and every way to get it wrong.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2
u() { purser "$@" --password-file "${PW:-pw}"; }
share() { grep -v -e "^#" -e "^fingerprint" "$1" | sed -n "$2p"; }
# some KIT N...: a kit file of these sheets only.
some() { k=$1; shift; grep "^fingerprint" "$k"; for i in "$@"; do share "$k" "$i"; done; }
four() { tr " " "\n" | cut -c1-4 | tr "\n" " "; }
thaw() { purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 4<pw; }

check 'init --kit-shares 3/5: five sheets in the kit file, and what trust it means' '
	purser init --no-input -q --kdf-memory 8 --password-file pw --kit-shares 3/5 --kit-file kit --sheet kit.html --unverified-kit >out 2>err &&
	test "$(grep -vc -e "^#" -e "^fingerprint" kit)" = 5 && grep -q "any 3 of them open the store" kit && test "$(stat -c %a kit kit.html | sort -u)" = 600'
check 'shares that cannot be are refused before any question: 2, no store' '
	for k in 0/0 1/2 3/2 2/8 8/8 2 a/b 2/3/4 2-3 -1/2 ""; do PURSER_HOME=$TMP/none; expect_exit 2 purser init --no-input --kdf-memory 8 --password-file pw --kit-shares="$k" --kit-file kx --unverified-kit 2>err &&
	test ! -e kx && test ! -e "$TMP/none" || exit 1; done; for k in 1 1/1 7/7; do PURSER_HOME=$TMP/k$(echo $k | tr / -); purser init --no-input -q --kdf-memory 8 --password-file pw --kit-shares $k --kit-file kx --unverified-kit 2>err >out && rm kx || exit 1; done'
check 'kit status: K of N, when it was made, without a password; who checked what only with it' '
	purser kit status --json >out && test "$(field needed <out) $(field sheets <out) $(field state <out) $(field checks <out)" = "3 5 unverified null" && test "$(field made <out)" != null &&
	u kit status --json >out && field checks <out | grep -q "\"sheet\":5" && purser kit status | grep -q "any 3 of them together"'
check 'kit check: a trustee types one sheet, is told which it is, and nothing is put together' '
	some kit 4 >k4 && u kit check --kit-fd 3 3<k4 >out && grep -q "Sheet 4 of 5" out && u kit status --json >out &&
	field checks <out | grep -q "{\"checked\":\"[^\"]*\",\"sheet\":4}" && field checks <out | grep -q "{\"checked\":null,\"sheet\":3}" && test "$(purser status --json | field kit)" = verified'
check 'kit check with a sheet of another kit, or an altered one: 3' '
	PURSER_HOME=$TMP/another && purser init --no-input -q --kdf-memory 8 --password-file pw --kit-shares 3/5 --kit-file kitO --unverified-kit >out 2>&1 && PURSER_HOME=$TMP/home && some kitO 4 >k &&
	expect_exit 3 u kit check --kit-fd 3 3<k && share kit 4 | sed "s/ [a-z]*$/ zero/" >k && expect_exit 3 u kit check --kit-fd 3 3<k 2>err && grep -q "do not fit together" err'

check 'the page: one sheet of paper each, words numbered, loads nothing from anywhere, no script' '
	test "$(grep -c "<section>" kit.html)" = 5 && for i in 1 2 3 4 5; do for w in $(share kit $i); do grep -q "</i>$w</li>" kit.html || exit 1; done; done;
	grep -q "break-after:page" kit.html && grep -q "default-src .none." kit.html && ! grep -q -i -e "<script" -e "<link" -e "<img" -e "src=" -e "url(" -e "@import" kit.html &&
	! sed "s,http://www.w3.org/2000/svg,,g" kit.html | grep -q "https\?:" && grep -q "$(sed -n "s/^fingerprint //p" kit)" kit.html'
if [ -x "$BUILD/purser-qr" ]; then
	check 'the page: a QR code for each sheet' 'test "$(grep -o "<svg" kit.html | wc -l)" = 5'
	if [ -x "$BUILD/purser-qr-read" ] && command -v chromium >/dev/null; then
		check 'the page in a browser: as many sheets of paper as shares' '
			HOME=$TMP/chrome chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf=kit.pdf "file://$PWD/kit.html" >log 2>&1 && test "$(strings kit.pdf | grep -c "/Type /Page\$")" = 5'
	else
		skip 'the page in a browser' 'no chromium here'
	fi
else
	skip 'the page: a QR code for each sheet' 'purser-qr is not built'
fi
check 'the page is never written over a file; no words stay where the ritual fails' '
	echo mine >mine && expect_exit 2 u kit new --no-input --sheet mine --unverified-kit && test "$(cat mine)" = mine &&
	expect_exit 2 u kit new --no-input --kit-file k9 --sheet mine --unverified-kit && test ! -e k9 && expect_exit 2 u kit new --no-input --sheet s9 && test ! -e s9'
check 'init --kit-shares with nobody to type a sheet back is no later: 2, no store' '
	PURSER_HOME=$TMP/later && expect_exit 2 no_terminal purser init --no-input --kdf-memory 8 --password-file pw --kit-shares 2/3 2>err && grep -q -e --unverified-kit err && test ! -e "$PURSER_HOME/vault/keys"'
check 'of two files of a kit that cannot both be written, none is said to be' '
	expect_exit 2 u kit new --no-input --kit-file k9 --sheet mine --unverified-kit 2>err && ! grep -q "k9" err && test ! -e k9'
check 'kit new on a store whose fuse is damaged: 6 before a kit is made; the same where a secret opens with the kit only' '
	PURSER_HOME=$TMP/damaged && cp -a "$TMP/home" "$PURSER_HOME" && flip() { perl -e "open F, q(+<), shift; seek F, shift, 0; read F, \$c, 1; seek F, -1, 1; print F chr(ord(\$c) ^ 1)" "$PURSER_HOME/device/fuse" $1; } &&
	u account add paypal -q && printf hunter2 | u secret set paypal -q && flip 100 && expect_exit 6 u kit new --no-input --kit-file kn --unverified-kit 2>err && ! grep -q "written" err && test ! -e kn &&
	flip 100 && flip 560 && expect_exit 4 u kit new --no-input --kit-file kn --unverified-kit 2>err && ! grep -q "written" err && grep -q "purser recover" err && test ! -e kn && expect_exit 6 u secret show paypal 2>err && grep -q "purser recover" err'
check 'words are on no disk but where they were asked for' '
	w=$(share kit 2 | cut -d" " -f5-12) && ! grep -r -l -F "$w" "$PURSER_HOME" "$TMP/run" && test "$(grep -l -F "$w" kit kit.html | wc -l)" = 1'

check 'a store with a secret, frozen' 'u account add paypal -q && printf hunter2 | u secret set paypal -q && purser freeze >out'
check 'thaw with two of three sheets: 3, and says how many are missing' '
	some kit 1 2 >k && expect_exit 3 thaw 3<k 2>err && grep -q "3 shares are needed, only 2" err && test "$(purser status --json | field state)" = frozen'
check 'thaw with one sheet twice, with one of another kit, with a wrong word, with two words swapped: 3' '
	{ some kit 1 2; share kit 2; } >k && expect_exit 3 thaw 3<k 2>err && grep -q "same number" err &&
	{ some kit 1 2; share kitO 3; } >k && expect_exit 3 thaw 3<k 2>err && grep -q "another kit" err &&
	{ some kit 1 2; share kit 3 | awk "{ \$7 = \$7 == \"zero\" ? \"acid\" : \"zero\"; print }"; } >k && expect_exit 3 thaw 3<k 2>err && grep -q "look at word 7" err &&
	{ some kit 1 2; share kit 3 | awk "{ w = \$7; \$7 = \$8; \$8 = w; print }"; } >k && expect_exit 3 thaw 3<k 2>err && grep -q "words 7 and 8 look swapped" err &&
	test "$(purser status --json | field state)" = frozen'
check 'thaw with three right sheets of another store: 3' '
	some kitO 1 2 3 | grep -v fingerprint >k && expect_exit 3 thaw 3<k 2>err && grep -q "not the recovery kit" err'
check 'thaw with any three sheets, in any order' '
	some kit 5 1 3 >k && thaw 3<k >out 2>err && test "$(u secret show paypal)" = hunter2 && test "$(purser kit status --json | field sheets)" = 5'
check 'all five sheets at once do as well; the new kit has as many sheets unless told otherwise' '
	purser freeze >out && purser thaw --no-input --confirm store --kit-fd 3 --password-file pw --new-password-fd 4 --kit-file kit2 --unverified-kit 3<kit 4<pw >out 2>err &&
	test "$(grep -vc -e "^#" -e "^fingerprint" kit2)" = 5 && purser freeze >out && purser thaw --no-input --confirm store --kit-fd 3 --password-file pw --new-password-fd 4 --kit-file kit3 --kit-shares 2/3 --unverified-kit 3<kit2 4<pw >out 2>err &&
	test "$(purser kit status --json | field needed)$(purser kit status --json | field sheets)" = 23'
check 'kit new --shares: a kit of one sheet again; the old sheets open nothing new' '
	u kit new --no-input --shares 1 --kit-file kit1 --unverified-kit >out 2>err && test "$(purser kit status --json | field sheets)" = 1 && expect_exit 3 u kit check --kit-fd 3 3<kit3 && u kit check --kit-fd 3 3<kit1 >out'
check 'status tells of a kit that was renewed in the last 30 days' 'purser status | grep -q "kit was renewed" && purser kit status --json | field renewed | grep -qx true'

# At a terminal: learn keeps the sheet that was shown last.
PURSER_HOME=$TMP/tty
check 'at a terminal: each sheet is shown by itself, one of them is typed back, whichever' '
	terminal "expect New password
		send abc\r
		expect Again:
		send abc\r
		expect [n/l]
		send n
		expect such as 2/3? [1]
		send 2/9\r
		expect 2 <= K <= N <= 7
		send 2/3\r
		expect Any 2 of them together, with a copy of the store, can open it
		expect sheet 1 of 3
		expect any 2 sheets together open the store
		expect the next sheet comes
		send \r
		expect \e[?1049l
		expect \e[?1049h
		expect sheet 2 of 3
		learn s2
		send \r
		expect \e[?1049h
		expect sheet 3 of 3
		expect type one of the sheets back
		send \r
		expect whichever you like
		expect 1-5
		words s2
		send \x20
		expect Kit verified
		exit 0" purser init --kdf-memory 8 && test "$(purser kit status --json | field state)" = verified'
check 'a word that no sheet has at this place is named at once' '
	echo abc >pwt && terminal "expect Password:
		send abc\r
		expect sheet 1 of 2
		learn a1
		send \r
		expect sheet 2 of 2
		learn a2
		send \r
		expect 1-5
		send zero\x20
		expect is not word 1.
		words a2
		send \x20
		expect Complete. Kit
		exit 0" purser kit new --shares 2/2 && { cat a1; head -1 a2; } >kitT && test "$(purser kit status --json | field fingerprint)" = "$(sed -n "s/^fingerprint //p" a2)"'
check 'two halves of two sheets are no sheet' '
	terminal "expect Password:
		send abc\r
		expect sheet 1 of 2
		learn b1
		send \r
		expect sheet 2 of 2
		learn b2
		send \r
		expect 1-5
		send \x03
		exit 130" sh -c "trap : INT; purser kit new --shares 2/2; exit \$?"; head -1 b1 | cut -d" " -f1-10 >b12; head -1 b2 | cut -d" " -f11-20 >>b12; test -s b12 && test "$(purser kit status --json | field fingerprint)" = "$(sed -n "s/^fingerprint //p" a2)"'
check 'thaw at a terminal: sheets one after another; one twice and one of another kit are refused at once' '
	purser freeze >out && head -1 a1 | four >s1 && head -1 a2 | four >s2 && share "$TMP/kit" 1 | four >sO && fp=$(sed -n "s/^fingerprint //p" a2) && terminal "expect Type store to go on:
		send store\r
		expect Password:
		send abc\r
		expect 1-5
		words s2
		send \x20
		expect Sheet 2 is good: 1 of 2 typed.
		words s2
		send \x20
		expect Sheet 2 was typed already
		words sO
		send \x20
		expect of another kit than the first
		words s1
		send \x20
		expect Sheet 1 is good: 2 of 2 typed.
		expect Fingerprint on the paper:
		send $fp\r
		expect New password
		send xyz\r
		expect Again:
		send xyz\r
		expect THAWED
		exit 0" purser thaw --keep-kit'
finish
