#!/bin/sh
# The drill: on a made-up store, with and without a terminal; the real one is not touched, what is missing in it is found.
. "${0%/*}/lib.sh"
RIGHT=cbbdcacbacb
mkdir -m 700 real run2
# What a home is, to the byte and the nanosecond.
picture() { (cd "$1" && find . -exec stat -c '%n %a %s %Y %y %Z' {} + | sort && find . -type f -exec sha256sum {} + | sort); }
lack() { perl -MJSON::PP -ne 'BEGIN { binmode STDOUT, ":utf8" } $o = JSON::PP->new->utf8->decode($_); print join("\t", map { $_ // "null" } @$o{qw(severity account fix what)}), "\n" if $o->{object} eq "finding"'; }

check 'without a store and without a terminal: it goes through, says what is missing, leaves nothing behind: 0' '
	no_terminal timeout 20 purser drill </dev/null >out 2>err && test ! -s err && grep -q "demonstration went through: 8 questions" out && grep -q "There is no store yet" out &&
	grep -q "purser init" out && test ! -e "$PURSER_HOME" && ! ls "$XDG_RUNTIME_DIR" | grep -q drill'
check 'the first screen leads to it' 'purser | grep -q "purser drill"'
check 'all answers right: 90 of 90; the freeze and the notes are really done, in the made-up store' '
	purser drill --answers $RIGHT >out && grep -q "^Score: 90 of 90 (8 of 8 right)." out && grep -q "made-up store: FROZEN after [0-9]* ms" out && grep -q "sealed, without a password; 2 wait" out &&
	grep -q "^02:04:00  " out && grep -q "^18:00:00  " out && ! grep -q "read again" out'
check 'the steps are in the order of a real incident: mailbox, phone number, stop, report' '
	purser drill --answers $RIGHT >out && sed -n "/^  4 of 4 at their place/,/^  The/p" out >order && sed -n 2p order | grep -q "1 Mailbox" && sed -n 3p order | grep -q "2 Phone number" &&
	sed -n 4p order | grep -q "3 Stop the money" && sed -n 5p order | grep -q "4 Report"'
check 'points: 10 a question, 5 a place, and what to read again' '
	score() { purser drill --answers "$1" --json | tail -1 | tee j | field score; } &&
	test "$(score $RIGHT)" = 90 && test "$(field of <j)" = 90 && test "$(field right <j)" = 8 && test "$(field questions <j)" = 8 && test "$(field read <j)" = "[]" &&
	test "$(score abbdcacbacb)" = 80 && test "$(field read <j)" = "[\"money-leaving\"]" && test "$(field right <j)" = 7 &&
	test "$(score cbdbcacbacb)" = 80 && test "$(field read <j)" = "[\"mailbox-taken\"]" && test "$(score cbacdbcbacb)" = 70 && test "$(score aaacdbaabaa)" = 0 && test "$(field of <j)" = 90 &&
	test "$(field seconds <j)" = null && test "$(field mode <j)" = answers'
check 'answers that are none: 2, and nothing is played' '
	for a in "" c cbbdcacbac ${RIGHT}a ebbdcacbacb cdbdcacbacb cbbbcacbacb "cbbdcac bacb" CBBDCACBACB; do expect_exit 2 purser drill --answers "$a" >out 2>err && test ! -s out && grep -q -e --answers err || exit 1; done'
check 'the demonstration as JSON: findings, then the drill without a score' '
	purser drill --no-input --json >out && test "$(tail -1 out | field object)" = drill && test "$(tail -1 out | field mode)" = demonstration && test "$(tail -1 out | field score)" = null &&
	test "$(tail -1 out | field findings)" = 1 && test "$(tail -1 out | field notes_sealed)" = 2 && head -1 out | field object | grep -qx finding && lack <out | grep -q "^high	null	purser init	"'
check 'at a terminal: one key each, a clock, and points for time' '
	terminal "expect 02:04:0
		expect [abcd]
		send c
		expect Right.
		expect [abc]
		send b
		expect 1 [abcd]
		send b
		expect 2 [acd]
		send d
		expect 3 [ac]
		send c
		expect 4 of 4
		expect [abc]
		send c
		expect [abc]
		send b
		expect [abc]
		send a
		expect [abc]
		send a
		expect No: c
		expect [abc]
		send b
		expect Score: 94 of 106 (7 of 8 right
		expect purser guide recovery-firm
		exit 0" purser drill && ! ls "$XDG_RUNTIME_DIR" | grep -q drill'
check 'Ctrl-C ends it, and nothing is left' '
	terminal "expect [abcd]
		send \x03
		exit 130" purser drill && ls "$XDG_RUNTIME_DIR" | { ! grep drill; }'
check 'in Chinese' '
	purser --lang zh drill --answers $RIGHT >out && grep -q "^02:04:00  手机震动" out && grep -q "90" out && grep -q "邮箱和手机号能重置其他一切" out &&
	purser --lang zh drill --no-input --json | tail -1 | field object | grep -qx drill'

# ---- a real store ----
echo "correct horse" >pw
u() { purser "$@" --password-file pw; }
purser init -q --no-input --kdf-memory 8 --password-file pw >out 2>&1
check 'a real store that lacks everything: worst first, each with the command that fixes it, exit 0' '
	purser drill --no-input --json >out && lack <out >l &&
	test "$(cut -f1 l | uniq | tr "\n" " ")" = "high medium " && grep -q "^high	null	purser kit new	" l && grep -q "^high	null	purser backup FILE	" l &&
	grep -q "^high	null	purser card	" l && grep -q "^medium	null	purser 2fa enable	" l'
check 'accounts: no way in, a text message only, a mailbox that controls nothing, none at all' '
	u account add paypal --provider paypal && u account add venmo --provider venmo --way-in "passport" && purser drill --no-input --json | lack >l &&
	grep -q "^medium	paypal	purser account edit paypal --way-in TEXT	" l && ! grep -q "^medium	venmo	purser account edit" l && grep -q "^medium	venmo	purser guide mailbox-safe	" l &&
	grep -q "^high	null	purser account add mailbox " l && ! grep -q "purser card	" l && u account add post --provider mailbox --way-in "codes" && purser drill --no-input --json | lack >l &&
	grep -q "^high	post	purser account edit post --controls NAME	" l && u account edit post --controls paypal && purser drill --no-input --json | lack >l && ! grep -q mailbox\  l && ! grep -q "	post	" l'
check 'an unverified kit, an old backup, old contacts and facts, a card that is off' '
	purser kit new -q --no-input --password-file pw --kit-file kit --unverified-kit && purser backup -q b1 && u account edit paypal --way-in x --contact "phone:+49 30 1234567" && purser drill --no-input --json | lack >l &&
	grep -q "^high	null	purser kit check	" l && ! grep -q "backup" l && ! grep -q "^low" l && PURSER_TEST_NOW=1811548800000 purser drill --no-input --json | lack >l &&
	grep -q "^medium	null	purser backup FILE	The last backup is [0-9]* days old" l && grep -q "^low	paypal	purser account edit paypal --contact KIND:VALUE	Your contact +49 30 1234567 is of 20" l &&
	grep -q "^low	null	purser card	[0-9]* facts" l && purser card --off >out && purser drill --no-input --json | lack >l && grep -q "^medium	null	purser card --on	" l && u card --on >out'
check 'a kit that was checked and a second factor that is there are not missing' '
	u kit check -q --kit-fd 3 3<kit && u 2fa enable -q --no-input --key-file kf --create && purser drill --no-input --json | lack >l && ! grep -q "2fa\|purser kit" l'
check 'the real home is not touched: not a byte, not a time, whatever is answered' '
	sleep 1; picture "$PURSER_HOME" >a && purser drill --no-input >out && purser drill --answers aaacdbaabaa >out && purser drill --answers $RIGHT --json >out &&
	terminal "expect [abcd]
		send c
		expect [abc]
		send \x03
		exit 130" purser drill && purser drill --look "$TMP/looked" -q >out && picture "$PURSER_HOME" >b && cmp a b && rm -r "$TMP/looked"'
check 'frozen, the same' '
	purser freeze -q >out && picture "$PURSER_HOME" >a && purser drill --no-input >out && picture "$PURSER_HOME" >b && cmp a b'
if [ "$(id -u)" != 0 ]; then
	check 'it works where the real store cannot even be written' '
		chmod -R a-w "$PURSER_HOME"; purser drill --no-input >out; rc=$?; chmod -R u+w "$PURSER_HOME"; exit $rc'
elif unshare -m true 2>/dev/null; then
	check 'it works where the real store cannot even be written' '
		unshare -m sh -c "mount --bind \"$PURSER_HOME\" \"$PURSER_HOME\" && mount -o remount,ro,bind \"$PURSER_HOME\" && ! touch \"$PURSER_HOME/x\" 2>/dev/null && purser drill --no-input" >out && grep -q "missing for real" out'
else
	skip 'it works where the real store cannot even be written' 'root, and NO MOUNT here'
fi

# ---- looking around ----
check '--look: a store of made-up statements to try commands on; its password is said' '
	purser drill --look look >out 2>err && grep -q "password: look around" out && echo "look around" >lp && purser --home look history --password-file lp --json >h && test $(wc -l <h) = 47 &&
	grep -q "QX Trade 8841" h && purser --home look account list --password-file lp --json | field name | grep -qx mailbox && purser --home look card >out && grep -q paypal out &&
	purser --home look secret show paypal --password-file lp >out && purser --home look freeze >out && expect_exit 4 purser --home look secret show paypal --password-file lp'
check '--look wants an empty place, and leaves others alone' '
	expect_exit 2 purser drill --look look 2>err && grep -q "not empty" err && expect_exit 2 purser drill --look look --answers $RIGHT && mkdir empty && purser drill --look empty -q >out &&
	test -e empty/vault/keys && : >file && ! purser drill --look file 2>err && ! purser drill --look none/there 2>err && test ! -e none'
check '--look --json: objects only' 'purser drill --look look2 --json 2>err >out && field object <out | sort -u | tr "\n" " " | grep -q "drill" && tail -1 out | field password | grep -qx "look around"'
finish
