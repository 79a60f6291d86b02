#!/bin/sh
# FIDO2 security keys as a factor of the store. The keys are tests/fido/softkey: CTAPHID and CTAP 2 behind a socket each. The PIN is
# answered by PURSER_ASKPASS where there is no terminal.
. "${0%/*}/lib.sh"
SOFTKEY=$BUILD/tests/fido/softkey
PURSER_TEST_FIDO=$TMP/keys; export PURSER_TEST_FIDO
mkdir -p keys
echo "correct horse" >pw
printf '#!/bin/sh\ncase $1 in *PIN*) cat "%s/pin";; *) echo "correct horse";; esac\n' "$TMP" >askpass; chmod 755 askpass
PURSER_ASKPASS=$TMP/askpass; export PURSER_ASKPASS
pin() { printf '%s\n' "$1" >"$TMP/pin"; }
# plug N STATE [OPTIONS...]; unplug N: also from within a check, which is a subshell.
plug() {
	plug_n=$1 plug_state=$2
	shift 2
	unplug "$plug_n"
	"$SOFTKEY" "keys/$plug_n" "$plug_state.key" "$@" >/dev/null 2>&1 3>&- &
	echo $! >"pid.$plug_n"
	plug_i=0; while [ ! -S "keys/$plug_n" ] && [ $((plug_i += 1)) -lt 100 ]; do perl -e 'select undef, undef, undef, 0.05'; done
}
unplug() { for u in "$@"; do [ -e "pid.$u" ] && kill "$(cat "pid.$u")" 2>/dev/null; rm -f "keys/$u" "pid.$u"; done; }
fido_end() { for u in 0 1 2; do unplug $u; done; lib_end; }
trap fido_end EXIT
p() { setsid -w purser "$@" --password-file pw; }
epoch() { purser status --json | field epoch; }
left() { perl -e 'local $/; open F, "<", shift; $_ = <F>; print ord substr $_, 48, 1' "$1.key"; }       # tries of a softkey
purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err
p account add mail -q >out 2>&1; printf 'mail-pw' | p secret set mail -q >out 2>&1
pin 1234

check 'without a verified kit no security key is taken: 1 names kit check' 'plug 0 a pin 1234 && expect_exit 1 p 2fa fido add 2>err && grep -q "purser kit check" err && unplug 0 && test ! -e "$PURSER_HOME/device/fido"'
check 'no security key is plugged in: 3, nothing changed' '
	purser kit check -q --password-file pw --kit-fd 3 3<kit && e=$(epoch) && expect_exit 3 p 2fa fido add 2>err && grep -q "no security key is plugged in" err && test "$(epoch)" = "$e" && test ! -e "$PURSER_HOME/device/fido"'
check 'a key without a PIN, or without hmac-secret, is refused and says why' '
	plug 0 nopin && expect_exit 1 p 2fa fido add 2>err && grep -q "has no PIN yet" err && unplug 0 && plug 0 nohmac pin 1234 no-hmac && expect_exit 1 p 2fa fido add 2>err && grep -q hmac-secret err && test ! -e "$PURSER_HOME/device/fido"; r=$?; unplug 0; exit $r'
check 'a wrong PIN at enrolment: 3, one try is gone and said, nothing changed' '
	plug 0 a && pin 9999 && expect_exit 3 p 2fa fido add 2>err && grep -q "7 tries are left" err && test "$(left a)" = 7 && test ! -e "$PURSER_HOME/device/fido"; r=$?; unplug 0; exit $r'
check 'a key that verifies nobody is refused: user verification is required' 'plug 0 nouv pin 1234 no-uv && pin 1234 && expect_exit 3 p 2fa fido add 2>err && grep -q "did not recognise you" err && test ! -e "$PURSER_HOME/device/fido"; r=$?; unplug 0; exit $r'
check 'add, at a terminal: password, PIN without echo, two touches; the keys are renewed; one key alone is warned about' '
	cp -a "$PURSER_HOME" before && e=$(epoch) && plug 0 a && "$PTY" -o t env -u PURSER_ASKPASS purser 2fa fido add desk --password-file pw <<-END
	expect then Enter:
	send \r
	expect PIN of the security key:
	echo off
	send 1234\r
	expect Touch the security key now.
	expect And once more.
	expect Only one security key
	exit 0
	END
	! grep -q 1234 t && test "$(epoch)" = $((e + 1)) && test "$(left a)" = 8 && test "$(purser status --json | field twofactor)" = fido2; r=$?; unplug 0; exit $r'
check 'unlock: password, PIN and touch give the secret' 'plug 0 a && pin 1234 && test "$(p secret show mail)" = mail-pw; r=$?; unplug 0; exit $r'
check 'without the key: 3, before any hash is computed; the message says what is missing' 'expect_exit 3 p secret show mail >out 2>err && test ! -s out && grep -q "no security key is plugged in" err'
check 'a wrong PIN: 3 with the tries that are left, and not one more is used' '
	plug 0 a && pin 0000 && expect_exit 3 p secret show mail 2>err && grep -q "wrong PIN of the security key: 7 tries are left" err && test "$(left a)" = 7 &&
	pin 1234 && p secret show mail >out && test "$(left a)" = 8; r=$?; unplug 0; exit $r'
check 'the last tries are announced before one is used; a blocked key says so, and asks for no PIN' '
	cp a.key old.key && plug 0 old && pin 0000 && for i in 7 6 5 4 3; do expect_exit 3 p log list 2>err && grep -q "$i tries" err || exit 1; done
	"$PTY" -o t env -u PURSER_ASKPASS purser log list --password-file pw <<-END
	expect takes 3 more tries
	expect PIN of
	send 0000\r
	exit 3
	END
	expect_exit 3 p log list; expect_exit 3 p log list 2>err; test "$(left old)" = 0 && expect_exit 3 p log list 2>err && grep -q "blocked for good" err; r=$?; unplug 0; exit $r'
check 'nobody to ask for the PIN: 5, no try is used' 'plug 0 a && expect_exit 5 env -u PURSER_ASKPASS setsid -w purser log list --password-file pw 2>err && test "$(left a)" = 8; r=$?; unplug 0; exit $r'
check 'nobody touches it: 3' 'plug 0 a no-touch && pin 1234 && expect_exit 3 p log list 2>err && grep -q "not touched" err; r=$?; unplug 0; exit $r'
check 'a wrong password with the right key: 3, the one message' 'plug 0 a && pin 1234 && echo wrong >bad && expect_exit 3 setsid -w purser log list --password-file bad 2>err; r=$?; unplug 0; exit $r'
check 'a second key is added with the first plugged in too; it speaks PIN protocol two; no keys change' '
	e=$(epoch) && plug 0 a && pin 1234 && plug 1 b pin 1234 protocol 2 && p 2fa fido add spare >out 2>err && grep -q "Added: the security key spare" out && ! grep -q "Only one" err && test "$(epoch)" = "$e" && p log list | grep -q fido &&
	p 2fa fido list >out && test "$(wc -l <out)" = 2 && purser 2fa fido list --json | field name | tr "\n" " " | grep -qx "desk spare "; r=$?; unplug 0 1; exit $r'
check 'either key opens' 'plug 0 a && test "$(p secret show mail)" = mail-pw && unplug 0 && plug 0 b protocol 2 && test "$(p secret show mail)" = mail-pw; r=$?; unplug 0; exit $r'
check 'a known key, or several new ones, are not added again; a name is given once' '
	plug 0 a && expect_exit 2 p 2fa fido add 2>err && grep -q "was added before" err && plug 1 c pin 1234 && plug 2 d pin 1234 && expect_exit 2 p 2fa fido add 2>err && grep -q several err &&
	unplug 2 && expect_exit 2 p 2fa fido add spare 2>err && grep -q already err; r=$?; unplug 0 1 2; exit $r'
check 'the key of another store is refused, without a PIN and without a touch: 3' '
	( PURSER_HOME=$TMP/other && purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit2 --unverified-kit && purser kit check -q --password-file pw --kit-fd 3 3<kit2 && plug 0 x pin 1234 && p 2fa fido add && p log list ) >out 2>&1 &&
	pin 0000 && expect_exit 3 p log list 2>err && grep -q "none of this store" err && test "$(left x)" = 8; r=$?; unplug 0; exit $r'
check 'it is found among others that are plugged in' 'plug 0 x && plug 1 c && plug 2 b protocol 2 && pin 1234 && test "$(p secret show mail)" = mail-pw; r=$?; unplug 0 1 2; exit $r'
check 'through the agent: unlock once, then secrets without the key' 'plug 0 a && p unlock -q && unplug 0 && test "$(purser secret show mail)" = mail-pw && purser lock -q; r=$?; unplug 0; exit $r'
check 'passwd keeps the keys' 'plug 0 a && echo "new battery" >pw2 && setsid -w purser passwd -q --password-file pw --new-password-fd 3 3<pw2 && unplug 0 && cp pw2 pw && plug 0 b protocol 2 && test "$(p secret show mail)" = mail-pw; r=$?; unplug 0; exit $r'
check 'a copy of the whole disk, with the password, opens nothing without a key; without its file the kit is named' '
	cp -a "$PURSER_HOME" thief && ( PURSER_HOME=$TMP/thief && expect_exit 3 p log list && rm thief/device/fido && expect_exit 3 p log list 2>err && grep -q "purser recover" err )'
check 'a fido file that was altered, cut, or of another store: 6 or 3, never a crash, never open' '
	plug 0 a && cp -a "$PURSER_HOME/device/fido" fido.good && for at in 0 9 30 56 57 70 100 110 200 700 1350 1400 1500; do
		perl -e "open F, q(+<), shift; seek F, $at, 0; read F, \$b, 1; seek F, $at, 0; print F chr(ord(\$b) ^ 1)" "$PURSER_HOME/device/fido"; expect_exit 6 p log list || exit 1; cp fido.good "$PURSER_HOME/device/fido"; done
	head -c 600 fido.good >"$PURSER_HOME/device/fido" && expect_exit 6 p log list && : >"$PURSER_HOME/device/fido" && expect_exit 6 p log list && cp other/device/fido "$PURSER_HOME/device/fido" && expect_exit 3 p log list; r=$?
	cp fido.good "$PURSER_HOME/device/fido"; p log list >out || r=1; unplug 0; exit $r'
check 'remove: the other key opens, the removed one does not, nor with the file of before' '
	cp -a "$PURSER_HOME/device/fido" fido.before && e=$(epoch) && plug 0 a && plug 1 b protocol 2 && p 2fa fido remove spare >out 2>err && grep -q "Only one security key" err && test "$(epoch)" = $((e + 1)) && unplug 1 && test "$(p secret show mail)" = mail-pw && unplug 0 &&
	plug 0 b protocol 2 && expect_exit 3 p log list && cp -a "$PURSER_HOME/device/fido" fido.now && cp -a fido.before "$PURSER_HOME/device/fido" && expect_exit 3 p log list; r=$?; cp -a fido.now "$PURSER_HOME/device/fido"; unplug 0 1; exit $r'
check 'a removal that fails half-way takes nothing away' '
	plug 0 a && plug 1 b protocol 2 && p 2fa fido add spare -q && size=$(stat -c %s "$PURSER_HOME/device/fido") && e=$(epoch) && cp -a "$PURSER_HOME/device/fuse" fuse.good && perl -e "open F, q(+<), shift; seek F, 40, 0; print F q(damage)" "$PURSER_HOME/device/fuse" &&
	expect_exit 6 p 2fa fido remove spare 2>err && cp -a fuse.good "$PURSER_HOME/device/fuse" &&
	test "$(epoch)" = "$e" && test "$(stat -c %s "$PURSER_HOME/device/fido")" = "$size" && unplug 0 && test "$(p secret show mail)" = mail-pw && unplug 1 && plug 0 a && test "$(p secret show mail)" = mail-pw && p 2fa fido remove spare -q; r=$?; unplug 0 1; exit $r'
check 'a removed key can be added again, as a new one' 'plug 0 a && plug 1 b protocol 2 && p 2fa fido add spare -q && unplug 0 && test "$(p secret show mail)" = mail-pw && plug 0 a && p 2fa fido remove spare -q; r=$?; unplug 0 1; exit $r'
check 'codes or a key file come beside it and go again; 2fa disable takes the keys too' '
	plug 0 a && setsid -w purser 2fa enable --password-file pw --key-file stick --create -q && test "$(purser status --json | field twofactor)" = keyfile+fido2 && expect_exit 3 p log list &&
	test "$(p secret show mail --key-file stick)" = mail-pw && p 2fa disable key-file --key-file stick -q && test "$(p secret show mail)" = mail-pw && cp -a "$PURSER_HOME" two && PURSER_HOME=$TMP/two &&
	p 2fa disable -q && unplug 0 && test ! -e two/device/fido && test "$(p secret show mail)" = mail-pw; r=$?; unplug 0; exit $r'
check 'freeze needs no key; a thaw takes the kit, and asks for no security key afterwards' '
	cp -a "$PURSER_HOME" thawed && PURSER_HOME=$TMP/thawed && purser freeze >out && expect_exit 3 p log list && plug 0 a && p log list >out && expect_exit 4 p secret show mail && echo third >pw3 &&
	p thaw -q --kit-fd 3 --keep-kit --confirm store --new-password-fd 4 3<kit 4<pw3; r=$?; unplug 0; [ $r = 0 ] && cp pw3 pw.now && test "$(setsid -w purser secret show mail --password-file pw.now)" = mail-pw'
# Another program in the helper's place, beside a copy of purser; a script, which purser's own sandbox would not start.
mkdir -p fake && cp "$(readlink -f bin/purser)" fake/purser
check 'a helper that lies, dies or is missing is not believed: 1 or 3 in one line, nothing opens' '
	cp -a "$PURSER_HOME" lied && PURSER_HOME=$TMP/lied && export PURSER_TEST_LANDLOCK=0 && p 2fa fido list >out 2>&1
	for x in "printf Z" "printf K" "printf \"K\\\\0\\\\0\"" "printf \"K\\\\377\\\\377\"; head -c 70000 /dev/zero" "printf \"K\\\\120\\\\0%200s\"" "printf X" "printf \"X\\\\377\\\\0\"" "exit 0" "exit 127" "kill -9 \$\$" "cat"; do
		printf "#!/bin/sh\n%s\n" "$x" >fake/purser-fido-test && chmod 755 fake/purser-fido-test; setsid -w fake/purser log list --password-file pw >out 2>err; r=$?
		{ [ $r = 1 ] || [ $r = 3 ]; } && test ! -s out && test "$(grep -vc "no Landlock" err)" = 1 || { echo "$x: $r"; cat err; exit 1; }; done
	rm fake/purser-fido-test && expect_exit 1 setsid -w fake/purser log list --password-file pw 2>err && grep -q "cannot start the helper" err'
check 'the last one removed: the password alone again, and no file is left' '
	plug 0 a && p 2fa fido remove desk >out && unplug 0 && grep -q "No security key is asked for now" out && test ! -e "$PURSER_HOME/device/fido" && test "$(p secret show mail)" = mail-pw && test "$(purser status --json | field twofactor)" = none; r=$?; unplug 0; exit $r'
plug 0 a
mkfifo question
"$BUILD/purser-fido-test" <question >answer & pid=$!
exec 5>question
confined 'the helper, before it reads from a key or hears a PIN' $pid '0 1 3 '
exec 5>&-
wait $pid
unplug 0
check 'the PIN is nowhere: not in the files, the log, arguments of a helper or the transcript' '! grep -rq 1234 "$PURSER_HOME" && ! grep -aq 1234 t'
finish
