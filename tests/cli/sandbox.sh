#!/bin/sh
# What a command can reach, and what it cannot, with every version of Landlock that Debian 12 may meet. cage has the commands' own frame
# and tries things from within.
. "${0%/*}/lib.sh"
mkdir cage && cp "$BUILD/tests/cli/cage" "$BUILD/purser-reader" cage/ || exit 1
CAGE=$TMP/cage/cage
echo "correct horse" >pw
mkdir -p "$HOME/.ssh" other named home/vault home/device && chmod 700 home home/*
echo private >"$HOME/.ssh/id" && echo mine >named/in.csv && echo neighbour >named/neighbour && echo old >named/out
echo data >home/vault/keys
# try COMMAND OPTIONS... : lines of answers in out
try() { "$CAGE" "$@" -q >out 2>err || { cat err; return 1; }; }
says() { grep -qx -- "$1" out || { echo "wanted: $1"; cat out; return 1; }; }
sleep 300 & VICTIM=$!
trap 'kill $VICTIM; lib_end' EXIT
abi() { PURSER_TEST_LANDLOCK=$1; export PURSER_TEST_LANDLOCK; }

try free --try "read:$HOME/.ssh/id" --try "make:other/free" --try run:/bin/true --try "memory:$VICTIM" --try socket:2
check 'cage itself: without a sandbox all of it works' '
	says "read:$HOME/.ssh/id yes" && says "make:other/free yes" && says "run:/bin/true yes" && says "socket:2 yes" && { [ "$(id -u)" != 0 ] || says "memory:$VICTIM yes"; }'
# Asked of the kernel itself: landlock_create_ruleset(NULL, 0, VERSION).
if ! perl -e 'exit(syscall(444, 0, 0, 1) < 1)'; then
	skip 'files out of reach' 'THIS KERNEL HAS NO LANDLOCK'
else
	for v in 1 2 100; do
		abi $v
		check "Landlock up to $v: the vault and the device are reached, nothing else of this user is" '
			try plain --try "read:$PURSER_HOME/vault/keys" --try "make:$PURSER_HOME/vault/x" --try "cut:$PURSER_HOME/vault/x" --try "remove:$PURSER_HOME/vault/x" --try "list:$PURSER_HOME/device" \
				--try "read:$HOME/.ssh/id" --try "write:$HOME/.ssh/id" --try "list:$HOME" --try "make:$HOME/x" --try "make:other/x" --try "list:/" --try "read:/etc/shadow" --try "remove:$HOME/.ssh/id" &&
			says "read:$PURSER_HOME/vault/keys yes" && says "make:$PURSER_HOME/vault/x yes" && says "cut:$PURSER_HOME/vault/x yes" && says "remove:$PURSER_HOME/vault/x yes" && says "list:$PURSER_HOME/device yes" &&
			says "read:$HOME/.ssh/id EACCES" && says "write:$HOME/.ssh/id EACCES" && says "list:$HOME EACCES" && says "make:$HOME/x EACCES" && says "make:other/x EACCES" && says "list:/ EACCES" && says "read:/etc/shadow EACCES" &&
			says "remove:$HOME/.ssh/id EACCES" && test -e "$HOME/.ssh/id"'
		check "Landlock up to $v: a file that is named is read, not written; its neighbours are not read" '
			try plain named/in.csv --try read:named/in.csv --try write:named/in.csv --try read:named/neighbour --try make:named/x && says "read:named/in.csv yes" && says "write:named/in.csv EACCES" && says "read:named/neighbour EACCES" && says "make:named/x EACCES" &&
			try plain --from named/in.csv --try read:named/in.csv --try read:named/neighbour && says "read:named/in.csv yes" && says "read:named/neighbour EACCES" &&
			try plain --password-file pw --try read:pw --try "read:$HOME/.ssh/id" && says "read:pw yes" && says "read:$HOME/.ssh/id EACCES"'
		check "Landlock up to $v: a file that will be made: its directory, and no other" '
			rm -f other/new; try plain other/new --try make:other/new --try make:named/x && says "make:other/new yes" && says "make:named/x EACCES" &&
			try plain --to named/out --try cut:named/out --try make:other/x && says "cut:named/out yes" && says "make:other/x EACCES"'
		check "Landlock up to $v: no program but the own helpers is run" '
			try plain --try run:/bin/true --try run:/bin/sh --try "run:$TMP/cage/purser-reader" --try "run:$BUILD/purser-reader" && says "run:/bin/true EACCES" && says "run:/bin/sh EACCES" && says "run:$TMP/cage/purser-reader yes" && says "run:$BUILD/purser-reader EACCES"'
	done
	abi 100
	check 'help and the like reach no store' 'try nohome --try "read:$PURSER_HOME/vault/keys" && says "read:$PURSER_HOME/vault/keys EACCES"'
	check 'what makes a store reaches the directory that it will be in' '
		export PURSER_HOME=$TMP/new/place; mkdir -p new; rm -rf new/*; try maker --try "make:$TMP/new/x" --try "make:other/y" && says "make:$TMP/new/x yes" && says "make:other/y EACCES" && rm new/x && try plain --try "make:$TMP/new/x" && says "make:$TMP/new/x EACCES"'
	check 'only unlock may start this program again, and reaches the place of sockets' '
		try starter --try "make:$XDG_RUNTIME_DIR/purser/x" --try "make:$XDG_RUNTIME_DIR/x" && says "make:$XDG_RUNTIME_DIR/purser/x yes" && says "make:$XDG_RUNTIME_DIR/x EACCES" &&
		try plain --try "make:$XDG_RUNTIME_DIR/purser/y" && says "make:$XDG_RUNTIME_DIR/purser/y EACCES"'
	check 'a rehearsal reads the store and cannot change it; it has a directory of its own, which goes with it' '
		try rehearse --try "read:$PURSER_HOME/vault/keys" --try "write:$PURSER_HOME/vault/keys" --try "cut:$PURSER_HOME/vault/keys" --try "make:$PURSER_HOME/vault/y" --try "remove:$PURSER_HOME/vault/keys" \
			--try "make:$PURSER_HOME/device/y" --try "make:other/y" --try make:@/x --try write:@/x --try remove:@/x && says "read:$PURSER_HOME/vault/keys yes" &&
		for w in "write:$PURSER_HOME/vault/keys" "cut:$PURSER_HOME/vault/keys" "make:$PURSER_HOME/vault/y" "remove:$PURSER_HOME/vault/keys" "make:$PURSER_HOME/device/y" make:other/y; do says "$w EACCES" || exit 1; done &&
		says "make:@/x yes" && says "write:@/x yes" && says "remove:@/x yes" && ! ls "$XDG_RUNTIME_DIR" | grep drill'
	check 'a copy to the clipboard has no more rights than others: programs are started from outside' '
		try copier --try run:/bin/true --try make:other/z && says "run:/bin/true EACCES" && says "make:other/z EACCES"'
fi
unset PURSER_TEST_LANDLOCK
if nm "$CAGE" 2>/dev/null | grep -q __asan_init; then
	skip 'system calls out of reach' 'sanitizers need some of them'
else
	# Landlock refuses some of it as well: without it the filter is alone.
	abi 0
	for c in plain nohome starter; do
		check "$c: no tracing, no memory of others, no keyring, mount, namespace, BPF, no socket but a local one, no typing into the terminal" '
			try $c --try "trace:$VICTIM" --try "memory:$VICTIM" --try keyring: --try unshare: --try clone: --try mount:other --try bpf: --try uring: --try socket:1 --try socket:2 --try socket:10 --try socket:16 --try type: &&
			for w in "trace:$VICTIM" "memory:$VICTIM" keyring: unshare: clone: mount:other bpf: uring: socket:2 socket:10 socket:16 type:; do says "$w EPERM" || exit 1; done && says "socket:1 yes"'
	done
	unset PURSER_TEST_LANDLOCK
fi
check 'without Landlock: a message, and everything works; -q keeps it quiet; system calls are refused all the same' '
	rm -rf home; PURSER_TEST_LANDLOCK=0; export PURSER_TEST_LANDLOCK; "$CAGE" plain --try "read:$HOME/.ssh/id" --try socket:2 >out 2>err && says "read:$HOME/.ssh/id yes" && says "socket:2 EPERM" && grep -q "no Landlock" err && purser status 2>err && grep -q "no Landlock" err && purser status -q 2>err && test ! -s err && purser --version 2>err && test ! -s err'
check 'with Landlock nobody is told anything' 'PURSER_TEST_LANDLOCK=100 purser status >out 2>err; ! grep -q Landlock err'
# The programs of the person are as free as from the shell.
check 'the pager, PURSER_ASKPASS and clipboard programs run outside' '
	rm -rf home && printf "#!/bin/sh\ncat \"\$HOME/.ssh/id\" >%s/asked\necho correct horse\n" "$TMP" >ask && chmod +x ask && purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err && purser account add a -q --password-file pw &&
	PURSER_ASKPASS=$TMP/ask no_terminal purser account list >out && grep -q private asked &&
	printf "#!/bin/sh\ncat >/dev/null; cat \"\$HOME/.ssh/id\" >%s/paged\n" "$TMP" >bin/page && chmod +x bin/page && PAGER=page terminal "expect Password:
		send correct horse\r
		exit 0" purser account list && grep -q private paged &&
	printf value | purser secret set a -q --password-file pw && mkdir -p fake && printf "#!/bin/sh\ncat \"\$HOME/.ssh/id\" >%s/clip; cat >/dev/null\n" "$TMP" >fake/wl-copy && chmod +x fake/wl-copy && PURSER_TEST_CLIP_MS=10 PATH=$TMP/fake:$PATH WAYLAND_DISPLAY=w no_terminal purser secret copy a -q --password-file pw && grep -q private clip'
check 'the agent: filters are closed, no new privileges' '
	purser unlock -q --password-file pw && a=$(pgrep -f "agent-process $PURSER_HOME/vault" | head -1) && grep -q "^Seccomp:.2" /proc/$a/status && grep -q "^NoNewPrivs:.1" /proc/$a/status && purser account list --no-input >out && purser lock -q'
finish
