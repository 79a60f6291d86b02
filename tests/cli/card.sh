#!/bin/sh
# The emergency card: readable locked, frozen and without a password; kept up to date; no secret on it; only what is confirmed
# instructs; a user's own file; the page to print.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
u() { purser "$@" --password-file pw; }
card=$PURSER_HOME/device/card
marker='Marker-Secret-91c2' note='Marker-Note-4f' login='somebody.marker@mail.example'
# Every text of step and contact objects, with whether it is an instruction and its status.
objects() { perl -MJSON::PP -ne 'BEGIN { binmode STDOUT, ":utf8" } $o = JSON::PP->new->utf8->decode($_); next if $o->{object} eq "card";
	print join("\t", map { $_ // "null" } @$o{qw(object account kind by status)}, ($o->{instruction} ? "do" : "check"), ($o->{own} ? "own" : "shipped"),
	($o->{stale} ? "stale" : "fresh"), @$o{qw(source checked value text)}), "\n"'; }

check 'card without a store: 8, and the general steps all the same' '
	expect_exit 8 purser card >out 2>err && grep -q "no store" err && grep -q "DO, from another device" out && test ! -e "$PURSER_HOME"'
check 'init says that the card is plain text and how to be without it' '
	purser init --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err &&
	cat out err | grep "emergency card" | grep "plain text" | grep -q -e "--off"'
check 'no card yet: the general steps, 0' 'purser card >out 2>err && grep -q "no emergency card yet" err && grep -q "^DO NOT" out'
check 'accounts with secrets: the card is written by itself, 0600' '
	u account add paypal --provider paypal --login "$login" --note "$note" --limit "Marker-Limit" --way-in "codes in the desk drawer" \
		--url "https://me:Marker-Pass@www.paypal.com/home?t=Marker-Token" --contact "phone:+49 30 1234567" &&
	u account add mailbox --login "$login" --controls paypal && u account add 支付宝 --provider alipay && u account add revolut --provider revolut &&
	printf %s "$marker" | u secret set paypal && echo JBSWY3DPEHPK3PXP | u otp add paypal &&
	test "$(stat -c %a "$card")" = 600 && test ! -e "$card.tmp"'
check 'no secret is on the card, no full login, no note, no limit, nothing private of an address' '
	! grep -e Marker -e "$login" -e JBSWY3DP -e "correct horse" "$card"'
check 'locked, without password or terminal: accounts, hints, way in, own contact' '
	purser lock -q; no_terminal purser card --no-input </dev/null >out 2>err && grep -q "paypal    PayPal, s…r@mail.example" out &&
	grep -q "way in: codes in the desk drawer" out && grep -q "Your own entry of .*+49 30 1234567" out && ! grep -q Marker out'
check 'the mailbox comes before what it can reset, the SIM before the wallets' '
	purser card >out && grep -nE "^  [0-9]+ " out >places && sed -n 1p places | grep -q "1 mailbox .*can reset: paypal" && sed -n 2p places | grep -q "2 SIM" &&
	sed -n 3p places | grep -q "3 paypal"'
check 'only confirmed facts are instructions; each has source and date' '
	purser card --json >out && objects <out >rows && test $(wc -l <rows) -gt 20 &&
	awk -F"\t" "\$6 == \"do\" && \$7 == \"shipped\" && \$5 != \"confirmed\" { bad = 1 } \$6 == \"check\" && \$5 == \"confirmed\" { bad = 1 }
		\$7 == \"shipped\" && (length(\$9) < 6 || \$10 !~ /^20[0-9][0-9]-[01][0-9]-[0-3][0-9]\$/) { bad = 1 } END { exit bad }" rows &&
	grep -q "	confirmed-2nd	check	" rows && grep -q "	unconfirmed	check	" rows'
check 'as text: what is reported or not confirmed says so at its beginning, and every line has its source below' '
	purser card >out && purser card --json | objects >rows &&
	awk -F"\t" "\$6 == \"check\" { print \$12 }" rows >texts && test -s texts &&
	while IFS= read -r t; do grep -F -- "$t" out | grep -qE "^    (Reported|Not confirmed), check yourself: " || exit 1; done <texts &&
	perl -ne "if (defined \$last && /^      (confirmed|reported by others|not confirmed), checked on 20/) { \$n++ } \$last = \$_; END { exit !(\$n > 20) }" out &&
	perl -ne "if (\$want && !/^      [a-z ]+, checked on 20..-..-../) { \$bad = 1 } \$want = /^    (Stop it|Report|Reach|Tell|Then|Say|Never|Good|Secure|Reported|Not confirmed)/; END { exit \$bad }" out'
check 'an unconfirmed fact never shows a number or an address' '
	purser card --json | objects >rows && ! awk -F"\t" "\$5 == \"unconfirmed\" && \$11 != \"null\"" rows | grep .'
check 'one account; an unknown one: 8, with what is near' '
	purser card revolut >out && grep -q "+44 20 3322 8352" out && ! grep -q paypal out && purser card revolut --json >out && test $(field object <out | grep -c card) = 1 &&
	expect_exit 8 purser card revolt 2>err && grep -q "Near: revolut" err'
check 'in Chinese, whatever language it was written in' '
	purser --lang zh card >out && grep -q "在这台电脑上解锁" out && grep -q "据他人报道，请自行核对" out && grep -q "已确认，2026-11-21 查证" out &&
	purser --lang zh card --json revolut >out && grep -q "自动锁卡热线" out'
check 'an edit, a rename and a removal are on the card at once' '
	u account edit mailbox --way-in "partner has the codes" && grep -q "partner has the codes" "$card" && u account add temporary --provider wise &&
	grep -q temporary "$card" && u account edit temporary --rename lasting && ! grep -q temporary "$card" && grep -q lasting "$card" &&
	u account remove lasting --confirm lasting && ! grep -q lasting "$card"'
check 'an import that makes an account is on the card; a dry run is not' '
	f=$TESTS/made-up/paypal-activity-en.csv && cp "$card" before && u import --create=frompaper "$f" --dry-run && cmp "$card" before &&
	u import --create=frompaper "$f" && grep -q "^account: frompaper" "$card"'
check 'a text that would steer a terminal is refused; one that looks like the records of the card stays a text' '
	expect_exit 2 u account edit frompaper --way-in "$(printf "a\033[2Jb")" 2>err && expect_exit 2 u account edit frompaper --way-in "$(printf "a\342\200\256b")" 2>err &&
	u account edit frompaper --way-in "-- purser card 1 --" && purser card frompaper >out && grep -q "way in: -- purser card 1 --" out &&
	test $(grep -c "^-- purser card 1 --" "$card") = 1'
check 'the card is a text that says what to do by itself' '
	sed "/^-- purser card/,\$d" "$card" >text && head -1 text | grep -q "^EMERGENCY CARD" && grep -q "Resolution Center" text && grep -q "^DO NOT" text'
check 'what somebody writes into the file becomes no official channel' '
	cp "$card" good && sed -i "s/+44 20 3322 8352/+44 20 0000 0000/" "$card" && purser card revolut >out && grep -q "+44 20 3322 8352" out && ! grep -q "0000 0000" out &&
	u account edit revolut --login x && ! grep -q "0000 0000" "$card"'
check 'a damaged card: 6, the general steps, and the next change writes it anew' '
	for how in "truncate -s 100" "truncate -s 0" "sed -i s/^account:/acount:/" "sed -i s/^lang:/\\x01:/" "cp /bin/true"; do
		case $how in cp*) cp /bin/true "$card" ;; *) $how "$card" ;; esac
		expect_exit 6 purser card >out 2>err && grep -q "emergency card" err && grep -q "^DO NOT" out || exit 1
		purser status --json | field card | grep -q damaged || exit 1
		u account edit revolut --login y && purser card revolut >out || exit 1
	done'
check 'a card that is a pipe, a link or a directory stops nothing' '
	rm "$card" && mkfifo "$card" && expect_exit 6 timeout 5 purser card >out 2>err && grep -q "^DO NOT" out && rm "$card" && ln -s /dev/zero "$card" &&
	expect_exit 6 timeout 5 purser card >out 2>err && u account edit revolut --login z && test ! -L "$card" && purser card revolut >out'
check 'it cannot be written: the change is made, a warning says so, 0' '
	rm "$card" && mkdir "$card" && : >"$card/x" && u account edit revolut --login kept 2>err && grep -q "card was not brought up to date" err &&
	u account show revolut --json | grep -q kept && rm -r "$card" && u account edit revolut --login again && test -s "$card"'
check 'off removes it and keeps it off; on brings it back' '
	purser card --off >out && test ! -e "$card" && u account edit revolut --login w && test ! -e "$card" && purser card >out 2>err && grep -q "switched off" err &&
	grep -q "^DO NOT" out && test "$(purser status --json | field card)" = off && purser status | grep -q "card is off" && expect_exit 8 purser card paypal &&
	expect_exit 2 purser card --on --off && expect_exit 2 purser card paypal --off && purser card --on --no-input >out && test ! -e "$card" &&
	u card --on && test -s "$card" && test "$(purser status --json | field card)" = current'
check 'facts older than 180 days are marked, and status says that the card is old' '
	PURSER_TEST_NOW=1811548800000 purser card >out 2>err && grep -q "checked on 2026-11-21, older than 180 days: " out && grep -q "This card is old" err &&
	test "$(PURSER_TEST_NOW=1811548800000 purser status --json | field card)" = stale && PURSER_TEST_NOW=1811548800000 purser status | grep -q "is old" &&
	purser card >out && ! grep -q "older than 180 days" out && PURSER_TEST_NOW=1811548800000 purser card --json | objects | grep -q "	stale	"'
check 'an unlocked agent brings an old card up to date by itself' '
	sed -i s/^lang:\ en/lang:\ xx/ "$card" && u unlock -q && purser card >out && grep -q "^lang: en" "$card"; rc=$?; purser lock -q; exit $rc'

own=$PURSER_HOME/providers.txt
check "a user's own file adds facts and replaces shipped ones, marked as their own" '
	printf "%s\n" "provider: dorfbank" "class: bank" "en: Dorfbank" "source: my contract" "checked: 2026-11-01" "status: confirmed" "" \
		"fact: MINE-1" "of: dorfbank" "kind: freeze" "by: phone" "en: night line" "value: +49 30 7654321" "source: my contract" "checked: 2026-11-01" "status: confirmed" "" \
		"fact: RV-03" "of: revolut" "kind: freeze" "by: phone" "en: my number" "value: +44 20 1111 1111" "source: my letter" "checked: 2026-11-02" "status: confirmed-2nd" >"$own" &&
	u account add bank --provider Dorfbank && purser card bank >out && grep -q "Stop it, phone: night line  +49 30 7654321" out && grep -q "your own entry, checked on 2026-11-01: my contract" out &&
	purser card revolut >out && ! grep -q "3322 8352" out && grep -q "Reported, check yourself: .*+44 20 1111 1111" out && purser card revolut --json | objects | grep "1111 1111" | grep -q "	check	own	"'
check 'without --home it lies in the configuration directory' '
	mkdir -p xdg/purser && mv "$own" xdg/purser && (XDG_CONFIG_HOME=$TMP/xdg HOME=$TMP XDG_DATA_HOME=$TMP/data XDG_STATE_HOME=$TMP/state && export XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME &&
	unset PURSER_HOME && purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit3 --unverified-kit && u account add bank --provider dorfbank &&
	purser card bank | grep -q "+49 30 7654321"); rc=$?; mv xdg/purser/providers.txt "$own"; exit $rc'
check 'a mistake in it: one error with file and line, the card is shown without it, 7; freeze and account go on' '
	cp "$own" good.txt && sed -i "s/^kind: freeze/kind: frieze/" "$own" && expect_exit 7 purser card >out 2>err && grep -q "$own:10: kind: expected" err && grep -q "+44 20 3322 8352" out &&
	u account edit revolut --login v && cp good.txt "$own"'
check 'hostile own files: one error each, never a crash' '
	for t in "" "fact: X" "x" "fact: X\n" "\0" "fact: \377\n" "fact: \033[2J\n" "fact: X\r\n"; do
		printf "$t" >"$own"; expect_exit 7 purser card >out 2>err && test $(grep -c "^purser: .*providers.txt" err) = 1 || exit 1; done
	head -c 300000 /dev/zero | tr "\0" "#" >"$own" && expect_exit 7 purser card >out 2>err && rm "$own" && mkfifo "$own" && expect_exit 7 timeout 5 purser card >out 2>err; rc=$?
	rm -f "$own"; cp good.txt "$own"; exit $rc'

check 'a page to print: only for its owner, whole in itself, never over a file that exists' '
	purser card --sheet page.html 2>err && test "$(stat -c %a page.html)" = 600 && head -1 page.html | grep -q "<!doctype html>" && tail -1 page.html | grep -q "</html>" &&
	grep -q "+44 20 1111 1111" page.html && ! grep -qE "src=|href=|url\(|<script|Marker" page.html && cp page.html page.before && expect_exit 2 purser card --sheet page.html 2>err &&
	cmp page.html page.before && purser --lang zh card --sheet zh.html && grep -q "<html lang=\"zh-CN\">" zh.html && grep -q "应急卡" zh.html'
check 'a page with names from outside is still a page' '
	u account edit frompaper --way-in "<script>alert(1)</script>&\"" && purser card frompaper --sheet evil.html && ! grep -q "<script" evil.html && grep -q "&lt;script&gt;" evil.html'
if [ -x "$BUILD/purser-qr" ]; then
	check 'confirmed numbers and addresses stand there as QR codes, what is only reported does not' '
		rm -f qr.html plain.html && purser card paypal --sheet qr.html && test $(grep -o "<svg" qr.html | wc -l) = 3 && u account add ali2 --provider alipay && purser card ali2 --sheet plain.html && ! grep -q "<svg" plain.html'
else
	skip 'QR codes on the page' 'purser-qr was not built'
fi
check 'without the program for QR codes the page is made, and says so' '
	mkdir -p alone && cp "$(readlink -f "$(command -v purser)")" alone/purser && cp -r "$BUILD/data" alone/ && alone/purser card --sheet without.html 2>err && ! grep -q "<svg" without.html && grep -q "Without QR codes" err'
check 'without the data files: the accounts and the way in are shown, with a warning' '
	mkdir -p bare/data && cp "$(readlink -f "$(command -v purser)")" bare/purser && bare/purser card >out 2>err && grep -q "desk drawer" out && grep -q "cannot be read" err'

check 'freeze NAME says what to do at that provider only' '
	u freeze revolut >out && grep -q "revolut: FROZEN" out && grep -q "+44 20 1111 1111\|Report lost device" out && ! grep -q "Resolution Center" out &&
	purser card revolut | grep -q "Report lost device"'
check 'freeze prints the card: mailbox first, then the wallets, in less than a second, asking for nothing' '
	no_terminal timeout 5 purser freeze >out 2>err && head -1 out | grep -q ^FROZEN && grep -nE "^  [0-9]+ " out >places && sed -n 1p places | grep -q "1 mailbox" &&
	grep -q "Resolution Center" out && grep -q "way in: codes in the desk drawer" out && grep -q "purser card" out && ! grep -q Marker out'
check 'frozen: the card is read, and follows changes' '
	purser card >out && grep -q "Resolution Center" out && u account edit paypal --way-in "changed while frozen" && purser card paypal | grep -q "changed while frozen" &&
	purser freeze >out && grep -q "changed while frozen" out'
check 'freeze never fails because of the card or of the own file' '
	for how in "rm -f" "truncate -s 50" "mkfifo"; do cp "$card" keep && rm -f "$card"; case $how in rm*) ;; trunc*) head -c 50 keep >"$card" ;; *) mkfifo "$card" ;; esac
		timeout 5 purser freeze >out 2>err && head -1 out | grep -q ^FROZEN && grep -q "^DO, from" out || exit 1; rm -f "$card"; cp keep "$card"; done
	printf x >"$own" && timeout 5 purser freeze >out 2>err && head -1 out | grep -q ^FROZEN && grep -q "left out" err'
check 'the card is read without the vault directory too' '
	rm -f "$own" && mv "$PURSER_HOME/vault" aside && purser card >out && grep -q "changed while frozen" out; rc=$?; mv aside "$PURSER_HOME/vault"; exit $rc'
check 'after a thaw the card is there again' '
	rm -f "$card" && purser thaw -q --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw >out && grep -q "^account: paypal" "$card" && test "$(stat -c %a "$card")" = 600'
finish
