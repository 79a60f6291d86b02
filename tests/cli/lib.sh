# lib.sh: what the scripts of tests/cli share. Read it at the start of a script:
#
#	. "${0%/*}/lib.sh"
#	check 'what holds' '
#		purser status >out && expect_exit 8 purser history show zzzz 2>err && grep -q "no transaction" err'
#	finish
#
# Each script gets a directory of its own ($TMP, also the working directory), `purser` in PATH, a fresh PURSER_HOME, no agent of
# anybody else, no locale, no terminal. Each check is a subshell: what it sets is gone after it, what it writes stays.
set -u
BUILD=$(cd "${BUILD:-${0%/*}/../../build/release}" && pwd) || exit 1
TESTS=$(cd "${0%/*}/.." && pwd)
SHARED=${PURSER_SHARED:-$TESTS/../../shared}
PTY=$BUILD/tests/cli/pty PROBE=$BUILD/tests/cli/probe SPY=$BUILD/tests/cli/spy
export PTY PROBE SPY
TMP=$(mktemp -d "${TMPDIR:-/tmp}/purser-cli-XXXXXX") || exit 1
tap_n=0 tap_bad=0

lib_end() {
	# The agent of this script's home, if one was started, must not outlive it.
	[ -x "$TMP/bin/purser" ] && PATH="$TMP/bin:$PATH" purser lock --quiet >/dev/null 2>&1 </dev/null
	cd / && chmod -R u+rwx "$TMP" 2>/dev/null
	rm -rf "$TMP"
}
trap lib_end EXIT
trap 'exit 129' HUP INT TERM

mkdir -p "$TMP/bin" "$TMP/run" && chmod 700 "$TMP/run" || exit 1
ln -s "${PURSER:-$BUILD/purser-test}" "$TMP/bin/purser"
PATH="$TMP/bin:$PATH"
HOME=$TMP XDG_RUNTIME_DIR=$TMP/run PURSER_HOME=$TMP/home LC_ALL=C TZ=UTC TERM=xterm
export PATH HOME XDG_RUNTIME_DIR PURSER_HOME LC_ALL TZ TERM
unset LANG LANGUAGE LC_MESSAGES LC_CTYPE XDG_DATA_HOME XDG_STATE_HOME XDG_CONFIG_HOME NO_COLOR COLUMNS PAGER TMUX DISPLAY \
	WAYLAND_DISPLAY PURSER_ASKPASS PURSER_TEST_NOW
cd "$TMP" || exit 1

# check NAME COMMANDS: ok when the commands, run in a subshell without stdin, end with 0.
check() {
	tap_n=$((tap_n + 1))
	if (eval "$2") </dev/null >"$TMP/.log" 2>&1; then
		echo "ok $tap_n - $1"
	else
		tap_bad=$((tap_bad + 1))
		echo "not ok $tap_n - $1"
		{ printf '%s\n' "$2"; head -c 3000 "$TMP/.log"; for f in out err; do
			[ ! -s "$f" ] || { echo "-- $f:"; head -c 1500 "$f"; echo; }; done; } | LC_ALL=C tr -c '\11\12\40-\176' '?' | sed 's/^/# /'
	fi
}

# expect_exit N COMMAND...: true when COMMAND ends with N.
expect_exit() {
	expect_want=$1
	shift
	expect_got=0
	"$@" || expect_got=$?
	[ "$expect_got" = "$expect_want" ] || { echo "exit $expect_got, wanted $expect_want: $*" >&2; false; }
}

# skip NAME REASON: said loudly, never silently.
skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# new_home: the next commands find an empty home (the old one stays where it is; its path is in $OLD_HOME).
new_home() {
	OLD_HOME=$PURSER_HOME
	PURSER_HOME=$TMP/home.$((home_n = ${home_n:-0} + 1))
}

# field KEY <JSONLINES: the values of KEY at the top level of each object, one a line; strings without their quotes.
field() {
	perl -MJSON::PP -ne 'BEGIN { $k = shift; $j = JSON::PP->new->utf8->allow_nonref } $o = $j->decode($_);
		next unless exists $o->{$k}; $v = $o->{$k}; print ref $v ? JSON::PP->new->utf8->canonical->encode($v) : $v // "null", "\n"' "$1"
}

# terminal SCRIPT COMMAND...: COMMAND on a terminal of its own, driven by the lines of SCRIPT (see pty.c); what it showed is in
# the file t. In a check:   terminal "expect Password:
#                           send secret\r
#                           exit 0" purser unlock
terminal() {
	terminal_script=$1
	shift
	printf '%s\n' "$terminal_script" | sed 's/^[[:blank:]]*//' | "$PTY" -o t "$@"
}

# Without any terminal, as cron has it.
no_terminal() { setsid -w "$@"; }

# confined NAME PID FDS: what every helper is before the first byte from outside reaches it; FDS as `ls` has them, one blank after each.
confined() {
	confined_i=0
	while ! grep -q 'Seccomp:.2' "/proc/$2/status" && [ $((confined_i += 1)) -lt 100 ]; do perl -e 'select undef, undef, undef, 0.1'; done
	[ "${MODE:-release}" != asan ] || set -- "$1" "$2" "$(printf '%s' "$3" | sed 's/^0 1 /0 1 2 /')"     # a sanitizer keeps its stderr
	helper_pid=$2 helper_fds=$3
	check "$1: no arguments, a system call filter, no new privileges, no core, no descriptor but its own" '
		test "$(tr "\0" "\n" </proc/$helper_pid/cmdline | wc -l)" = 1 && grep -q "NoNewPrivs:.1" /proc/$helper_pid/status &&
		grep -q "Seccomp:.2" /proc/$helper_pid/status && grep -qE "Max core file size +0 +0" /proc/$helper_pid/limits &&
		if [ "$(id -u)" = 0 ]; then test "$(ls /proc/$helper_pid/fd | tr "\n" " ")" = "$helper_fds"; else ! ls /proc/$helper_pid/fd 2>/dev/null; fi'
	if [ "${MODE:-release}" = asan ]; then skip "$1: its memory is locked" 'a sanitizer needs terabytes'
	else check "$1: its memory is locked" 'test "$(awk "/VmLck/ { print \$2 }" /proc/$helper_pid/status)" -gt 100'; fi
}

finish() {
	echo "1..$tap_n"
	[ "$tap_bad" = 0 ]
	exit
}
