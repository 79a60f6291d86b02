#!/bin/sh
# The agent and the rest of the system: sleep as logind announces it, on a bus of the test; a socket that systemd made; who holds what.
. "${0%/*}/lib.sh"
LOGIND=$BUILD/tests/cli/logind
echo "correct horse" >pw
agent() { pgrep -f "agent-process" | while read -r p; do tr '\0' '\n' <"/proc/$p/environ" 2>/dev/null | grep -qx "PURSER_HOME=$PURSER_HOME" && echo "$p"; done | head -1; }
PURSER_TEST_BUS=unix:path=/nonexistent; export PURSER_TEST_BUS
u() { purser "$@" --password-file pw; }
# wait_for COMMAND: until it is true, five seconds at most.
wait_for() { w=0; until "$@" >/dev/null 2>&1; do w=$((w + 1)); [ $w -lt 50 ] || return 1; sleep 0.1; done; }
# The agent ends before anything else is asked of it.
end_agent() { for p in $(agent); do kill "$p" 2>/dev/null; wait_for sh -c "! test -d /proc/$p"; done; true; }
purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err && u account add a -q && printf value | u secret set a -q || { cat err; exit 1; }

check 'status says who holds what: the process, which keys, since when, both limits, what is left of this minute' '
	u unlock -q --idle 90s --for 2h --reveals 5 && purser secret show a >out && purser status --json >out && field agent <out >ag && grep -q "\"holds\":\"secrets\"" ag && grep -q "\"pid\":$(agent)[,}]" ag && grep -q "\"idle_seconds\":90[,}]" ag && grep -q "\"for_seconds\":7200[,}]" ag &&
	grep -q "\"reveals_left\":4[,}]" ag && grep -q "\"since\":\"20" ag && purser status >out && grep -q "90 s idle, 2 h in all" out && grep -q "4 of 5 secrets" out && field landlock <out >/dev/null; true'
check '... and while frozen that it holds the key of the ledger only' '
	cp -a home homeF && PURSER_HOME=$TMP/homeF && u unlock -q && purser freeze >out && purser status --json | field agent | grep -q "\"holds\":\"ledger\"" && purser status >out && grep -q "ledger only" out && purser lock -q && purser status --json | field agent | grep -qx null'
purser lock -q; end_agent

if command -v dbus-daemon >/dev/null 2>&1; then
	BUS=$(dbus-daemon --session --address="unix:path=$TMP/bus" --fork --print-pid 2>bus.err) || cat bus.err
	PURSER_TEST_BUS=unix:path=$TMP/bus
	export PURSER_TEST_BUS
	mkfifo tell && { DBUS_SYSTEM_BUS_ADDRESS=$PURSER_TEST_BUS "$LOGIND" <tell >heard 2>&1 & LD=$!; exec 9>tell; }
	trap 'exec 9>&-; kill $LD $BUS 2>/dev/null; lib_end' EXIT
	wait_for grep -q ready heard
	check 'the agent takes a delay lock of logind' '
		u unlock -q --reveals 0 && wait_for grep -q "^inhibit sleep delay purser" heard && purser status --json | field agent | grep -q "\"warned_of_sleep\":true"'
	check 'before the computer sleeps the keys are gone, and only then it may sleep' '
		purser secret show a --no-input >out && echo sleep >&9 && wait_for grep -q "^released" heard && expect_exit 5 purser secret show a --no-input >out 2>err && test ! -s out && expect_exit 5 purser status --exit-code >out'
	check 'after it woke it can be unlocked again, and the next sleep finds it' '
		echo wake >&9 && wait_for grep -q awake heard && u unlock -q && wait_for test "$(grep -c ^inhibit heard)" = 2; wait_for sh -c "test \$(grep -c ^inhibit heard) = 2" && echo sleep >&9 && wait_for sh -c "test \$(grep -c ^released heard) = 2" && expect_exit 5 purser status --exit-code >out && echo wake >&9'
	check 'the helper has no keys, and dies with the agent' '
		u unlock -q && h=$(pgrep -P "$(agent)" -f purser-suspend || pgrep -f purser-suspend | head -1) && test -n "$h" && grep -q "^Seccomp:.2" /proc/$h/status && kill -9 "$(agent)" && wait_for sh -c "! test -d /proc/$h || grep -q ^State:.Z /proc/$h/status"'
	check 'without the helper the agent works on' '
		u unlock -q && pkill -f "^purser-suspend" -P "$(agent)"; wait_for sh -c "purser status --json | grep -q \"warned_of_sleep\\\":false\"" && purser secret show a --no-input >out && purser lock -q'
	exec 9>&-
	kill $LD $BUS 2>/dev/null
else
	skip 'sleep as logind announces it' 'needs dbus-daemon'
fi
end_agent
PURSER_TEST_BUS=unix:path=/nonexistent; export PURSER_TEST_BUS
check 'no bus: nobody is told anything, the agent works' 'u unlock -q 2>err && test ! -s err && purser secret show a --no-input >out && purser lock -q && end_agent'

# systemd: a socket that listens before there is a process; the agent gets it as descriptor 3.
cat >activate <<'EOF'
#!/usr/bin/perl
# activate SOCKET PROGRAM ARGS: as systemd does: listen, wait for somebody, then start.
use strict; use warnings; BEGIN { $^F = 16 } use IO::Socket::UNIX; use POSIX;
my ($path, @run) = @ARGV; my $s = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => 64) or die "$path: $!"; chmod 0600, $path;
my $r = ''; vec($r, fileno($s), 1) = 1; select($r, undef, undef, 20) > 0 or die 'nobody came';
POSIX::dup2(fileno($s), 3) unless fileno($s) == 3; $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; exec @run;
EOF
chmod +x activate
check 'a socket of systemd: unlock starts the agent through it, for the default store' '
	end_agent; rm -f run/purser/*.sock; ./activate run/purser/agent.sock "$(readlink -f bin/purser)" agent-process 2>aerr & sleep 0.5; u unlock -q && purser secret show a --no-input >out && test "$(cat out)" = value && test ! -e "$(ls run/purser/*.sock | grep -v agent.sock)" && purser status --json | field agent | grep -q "\"holds\":\"secrets\"" &&
	mkdir -p elsewhere && cp -a home elsewhere/home && PURSER_HOME=$TMP/elsewhere/home expect_exit 5 purser secret show a --no-input && purser lock -q && expect_exit 5 purser status --exit-code >out && kill $!'
check 'one of systemd that answers nothing any more: lock and freeze end it, as any other' '
	for c in lock freeze; do cp -a home stuck.$c; rm -f run/purser/*.sock; ./activate run/purser/agent.sock "$(readlink -f bin/purser)" agent-process 2>aerr & p=$!; sleep 0.5; u unlock -q && kill -STOP $p && purser $c >out 2>err && grep -q -e "^Locked\.$" -e "did not answer, ended" out err &&
		! grep -q "State:.[TSR]" /proc/$p/status; r=$?; kill -9 $p 2>/dev/null; rm -rf home; mv stuck.$c home; [ $r = 0 ] || exit 1; done'
check 'a process that is no agent is never ended for one, whatever socket it listens at' '
	rm -f run/purser/*.sock; u unlock -q && name=$(ls run/purser/*.sock) && end_agent && for at in "$name" run/purser/agent.sock; do rm -f run/purser/*.sock;
		perl -MIO::Socket::UNIX -e "\$s = IO::Socket::UNIX->new(Local => shift, Listen => 5) or die; sleep 30" "$at" & p=$!; sleep 0.5; purser lock -q; purser freeze >out; kill -0 $p || exit 1; kill $p; done'
check 'the agent is started by unlock and systemd only: 2' 'expect_exit 2 purser agent-process 2>err && LISTEN_FDS=1 LISTEN_PID=1 expect_exit 2 purser agent-process'
check 'the units name the program that is installed' 'grep -q "^ExecStart=/.*/bin/purser agent-process$" "$BUILD/systemd/purser-agent.service" && grep -q "^ListenStream=%t/purser/agent.sock" "$BUILD/systemd/purser-agent.socket" && { ! command -v systemd-analyze >/dev/null || true; }'
finish
