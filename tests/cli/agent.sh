#!/bin/sh
# unlock, lock and the agent as the program starts it: limits, what others can see of it, what is left in its memory, freeze in every
# situation.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo wrong >bad
init() { purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file "${1:-kit}" --unverified-kit >out 2>err; }
u() { purser "$@" --password-file pw; }
agent() { pgrep -f "agent-process $PURSER_HOME/vault" | head -1; }
hexof() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
MARK=marker-q8-Zebra-1189
HEX=$(hexof $MARK)
init && u account add paypal -q --provider paypal && printf %s $MARK | u secret set paypal -q

# Another user gets copies of the programs: the build tree may be closed to it.
stranger_in() {
	mkdir -m 755 -p pub && cp -L bin/purser pub/ && cp "$SPY" pub/ && chmod 755 "$TMP" pub pub/* && mkdir -m 700 "$1" "$1/run" && cp pw "$1/pw" && chown -R 65534:65534 "$1"
}
as() { d=$1; shift; setpriv --reuid 65534 --regid 65534 --clear-groups env PATH="$TMP/pub:/usr/bin:/bin" HOME="$TMP/$d" XDG_RUNTIME_DIR="$TMP/$d/run" PURSER_HOME="$TMP/$d/home" SPY="$TMP/pub/spy" "$@"; }

check 'unlock --json: the documented fields; status names the time' '
	purser unlock --json --idle 90s --for 1h --password-file pw >out && test "$(field locked <out)" = false && test "$(field secrets <out)" = true && field locks_at <out | grep -q "^20" &&
	purser status --json >out && test "$(field locked <out)" = false && field locks_at <out | grep -q "^20" && test "$(field accounts <out)" = 1'
check 'wrong times and numbers: 2' '
	for o in "--idle 0" "--idle x" "--idle 2d" "--for 0s" "--for 8d" "--reveals -1" "--reveals x"; do expect_exit 2 purser unlock $o --password-file pw || exit 1; done'
check 'unlock in a store that is not there: 8' 'PURSER_HOME=$TMP/none expect_exit 8 purser unlock --password-file pw'
check 'the default limit: ten secrets a minute, the eleventh is 5, and nothing of it comes out' '
	u unlock -q && for i in 1 2 3 4 5 6 7 8 9 10; do purser secret show paypal --no-input >out || exit 1; done; expect_exit 5 purser secret show paypal --no-input >out 2>err && test ! -s out && grep -q -e "--reveals N" err'
check 'at a terminal the password is asked again; a wrong one gives nothing and locks nothing' '
	terminal "expect the password once more
		expect Password:
		send wrong\r
		exit 3
		never $MARK" purser secret show paypal && terminal "expect Password:
		send correct horse\r
		expect $MARK
		exit 0" purser secret show paypal && purser status --exit-code >out'
check 'PURSER_ASKPASS is asked where there is no terminal' '
	printf "#!/bin/sh\necho correct horse\n" >ask && chmod +x ask && u unlock -q --reveals 1 && purser secret show paypal --no-input >out && PURSER_ASKPASS=$TMP/ask no_terminal purser secret show paypal >out && test "$(cat out)" = $MARK'
check '--reveals 0: no limit' 'u unlock -q --reveals 0 && for i in 1 2 3 4 5 6 7 8 9 10 11 12; do test "$(purser secret show paypal --no-input)" = $MARK || exit 1; done'
check 'one agent a store; a second unlock finds it' 'a=$(agent) && u unlock -q && test "$(agent)" = "$a" && test "$(pgrep -fc "agent-process $PURSER_HOME/vault")" = 1'
check 'eight unlocks at once: one agent, all of them right' '
	purser lock -q && for i in 1 2 3 4 5 6 7 8; do u unlock -q & done; wait && test "$(pgrep -fc "agent-process $PURSER_HOME/vault")" = 1 && purser status --exit-code >out'
check 'names for completion only while it is unlocked, never a prompt' '
	purser --complete-names account | grep -qx paypal && purser lock -q && test -z "$(purser --complete-names account)" && u unlock -q --reveals 0'
check 'nobody is told anything by its command line, environment or open files' '
	a=$(agent) && ! tr "\0" "\n" </proc/$a/cmdline | grep -qi horse && ls -l /proc/$a/fd >fds && ! grep -q "$TMP/pw" fds && readlink /proc/$a/cwd | grep -qx /'
check 'core dumps are off, no new privileges, memory is locked' '
	a=$(agent) && grep -q "^Max core file size  *0  *0" /proc/$a/limits && grep -q "^NoNewPrivs:.1" /proc/$a/status && test "$(sed -n "s/^VmLck:[^0-9]*\([0-9]*\).*/\1/p" /proc/$a/status)" -gt 0'
if [ -x "$BUILD/purser" ]; then
	check 'the shipped program: an empty environment' '
		PURSER_HOME=$TMP/real SECRETS=yes "$BUILD/purser" init -q --no-input --kdf-memory 64 --password-file pw >out 2>err && PURSER_HOME=$TMP/real PURSER_MARK=$MARK "$BUILD/purser" unlock -q --password-file pw &&
		a=$(pgrep -f "agent-process $TMP/real/vault" | head -1) && test -n "$a" && test "$(wc -c </proc/$a/environ)" = 0 && PURSER_HOME=$TMP/real "$BUILD/purser" lock -q && kill $a'
fi
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && ! nm "$BUILD/purser-test" 2>/dev/null | grep -q __asan_init; then
	check 'the same user can neither trace it nor read its memory, as it can with any other process' '
		stranger_in mine && as mine purser init --no-input -q --kdf-memory 8 --password-file mine/pw >out 2>err && as mine purser unlock -q --password-file mine/pw &&
		a=$(pgrep -f "agent-process $TMP/mine/home/vault" | head -1) && test -n "$a" && expect_exit 1 as mine spy trace $a && expect_exit 1 as mine spy read $a &&
		as mine sh -c "sleep 5 & s=\$!; sleep 0.3; spy trace \$s && spy read \$s; r=\$?; kill \$s; exit \$r" && as mine purser lock -q && kill $a'
else
	skip 'the same user can neither trace it nor read its memory' 'needs root, setpriv and a build without sanitizers'
fi
if "$SPY" read $$ 2>/dev/null && [ "$(id -u)" = 0 ] && ! nm "$BUILD/purser-test" 2>/dev/null | grep -q __asan_init; then
	check 'the scanner finds what is there' 'sh -c "x=$MARK; sleep 3; echo \$x" & s=$!; sleep 0.5; test "$("$SPY" count $s $HEX)" -gt 0'
	check 'a secret that was shown, and the password, are nowhere in the memory of the agent' '
		u unlock -q --reveals 0 && purser secret show paypal >out && purser secret show paypal >out && a=$(agent) && test "$("$SPY" count $a $HEX)" = 0 && test "$("$SPY" count $a $(hexof "correct horse"))" = 0'
	check 'after lock neither an old nor a new value' '
		a=$(agent) && purser rotate paypal -q >out && v=$(purser secret show paypal --pending) && purser rotate paypal --abort -q && purser lock -q && test "$("$SPY" count $a $HEX)" = 0 && test "$("$SPY" count $a $(hexof "$v"))" = 0'
	check 'a value held while frozen is in the memory until lock, and not after it' '
		PURSER_HOME=$TMP/homeH && init kitH && u account add x -q && u unlock -q && purser freeze >out && mkdir -p fake && printf "#!/bin/sh\ncase \$1 in --clear|--sensitive) exit 1;; esac\ncat >%s/clip\n" "$TMP" >fake/wl-copy && chmod +x fake/wl-copy &&
		purser secret set x --generate -q 2>err && PATH=$TMP/fake:$PATH WAYLAND_DISPLAY=w no_terminal purser secret copy x -q && a=$(agent) && h=$(hexof "$(cat clip)") && test "$("$SPY" count $a $h)" -gt 0 && purser lock -q && test "$("$SPY" count $a $h)" = 0 && kill $a'
else
	skip 'secrets in the memory of the agent' 'needs root and a build without sanitizers'
fi
check 'kill -9 of the agent: the next command asks for the password, the next unlock starts another' '
	u unlock -q && a=$(agent) && kill -9 $a && expect_exit 5 purser account list --no-input && u account list >out && u unlock -q && test "$(agent)" != "$a" && purser account list --no-input >out'
check 'idle for a second: locked, the keys are gone' 'u unlock -q --idle 1s && sleep 1.3 && expect_exit 5 purser secret show paypal --no-input && expect_exit 5 purser status --exit-code >out 2>err'
check 'an agent without keys ends by itself' '
	purser lock -q; kill $(agent) 2>/dev/null; sleep 0.3; PURSER_TEST_LINGER_MS=400 u unlock -q && a=$(agent) && purser lock -q && sleep 1.2 && ! pgrep -f "agent-process $PURSER_HOME/vault"'
check 'thaw, passwd, kit new lock the agent; the old key opens nothing' '
	u unlock -q && purser passwd --password-file pw --new-password-fd 4 4<pw && expect_exit 5 purser account list --no-input && u unlock -q && u kit new --no-input --kit-file kit3 --unverified-kit -q >out && expect_exit 5 purser account list --no-input'
check 'an agent that does not answer: lock ends it, freeze ends it, both in time' '
	u unlock -q && a=$(agent) && kill -STOP $a && purser lock && expect_exit 5 purser status --exit-code >out 2>err && u unlock -q --reveals 0 && b=$(agent) && test "$a" != "$b" && kill -STOP $b &&
	cp -a "$PURSER_HOME" keep && timeout 3 purser freeze --json >out && test "$(field frozen <out)" = true && test "$(field agent <out)" = ended && test ! -e "$PURSER_HOME/device/fuse" && expect_exit 4 u secret show paypal >out && test ! -s out'
check 'freeze while another purser holds the store: frozen at once, the rest is said and done later' '
	PURSER_HOME=$TMP/homeL && init kitL && u account add paypal -q && printf %s $MARK | u secret set paypal -q || exit 1; flock -x "$PURSER_HOME/device/lock" sleep 4 & sleep 0.5; s=$(date +%s%N); purser freeze >out || exit 1; e=$(( ($(date +%s%N) - s) / 1000000 )); head -1 out | grep -q "^FROZEN" && test ! -e "$PURSER_HOME/device/fuse" && test $e -lt 3500 && grep -q "freeze.request" out &&
	purser status --json | field freeze_pending | grep -qx true; wait; expect_exit 4 u secret show paypal >out 2>err && test ! -s out && u account list >out && test ! -e "$PURSER_HOME/device/freeze.request"'
check 'freeze during an import: frozen, and the import ends whole or not at all' '
	PURSER_HOME=$TMP/homeI && init kitI && u account add paypal -q --provider paypal && printf %s $MARK | u secret set paypal -q && u unlock -q --reveals 0 && perl -e "print qq(\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"From Email Address\",\"To Email Address\",\"Transaction ID\",\"Balance\"\n); printf qq(\"%02d/%02d/2024\",\"10:00:00\",\"PST\",\"Shop %d\",\"General Payment\",\"Completed\",\"USD\",\"-1.00\",\"0.00\",\"-1.00\",\"a\@b.example\",\"c\@d.example\",\"ID%015d\",\"%d.00\"\n), 1 + \$_ / 3000, 1 + \$_ % 28, \$_, \$_, 90000 - \$_ for 0 .. 20000" >big.csv &&
	{ purser import big.csv --account paypal --no-input >iout 2>ierr & i=$!; sleep 0.4; purser freeze >out || exit 1; test ! -e "$PURSER_HOME/device/fuse" || exit 1; wait $i; r=$?; } && echo "import: $r" && expect_exit 4 purser secret show paypal --no-input >out && test ! -s out &&
	n=$(purser history --json --no-input -n 100000 | wc -l) && echo "rows: $n" && { test "$n" = 0 || test "$n" = 20001; } && purser lock -q && u verify >out && grep -q Whole out'
check 'a reader that keeps asking while the freeze comes: never a secret after it' '
	PURSER_HOME=$TMP/homeR && init kitR && u account add paypal -q && printf %s $MARK | u secret set paypal -q && u unlock -q --reveals 0 && { while test ! -e stop; do purser secret show paypal --no-input; done >reads 2>rerr & r=$!; sleep 0.6; purser freeze >out || exit 1; n=$(wc -l <reads); sleep 0.6; touch stop; wait $r; m=$(wc -l <reads); } &&
	echo "$n reads before, $m in all" && test "$n" -gt 0 && test $((m - n)) -le 1'
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	check 'root in the home of another user: every command refuses, freeze becomes the owner' '
		stranger_in other && as other purser init --no-input -q --kdf-memory 8 --password-file other/pw >out 2>err && PURSER_HOME=$TMP/other/home &&
		for c in status "account list" "log list" lock; do expect_exit 2 purser $c --no-input 2>err && grep -q "another user" err || exit 1; done;
		{ flock -x other/home/device/lock sleep 4 & sleep 0.3; } && purser freeze >out && head -1 out | grep -q "^FROZEN" && test ! -e other/home/device/fuse &&
		test -e other/home/device/freeze.request && test -z "$(find other/home ! -uid 65534)" && wait &&
		as other purser log list --password-file other/pw --json | field event | grep -qx freeze'
else
	skip 'root in the home of another user' 'needs root and setpriv'
fi
finish
