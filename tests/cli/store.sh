#!/bin/sh
# init, unlock, lock, status, passwd, kit, log, verify: through the -fd options and files, without a terminal.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2; echo "wrong" >bad
init() { purser init --no-input -q --kdf-memory 8 --password-file "${1:-pw}" --kit-file "${2:-kit}" --unverified-kit; }
state() { purser status --json | field state; }

check 'purser alone without a store: the ways to begin, 0' 'purser >out && grep -q "purser init" out && test ! -e "$PURSER_HOME"'
check 'status without a store: 0 and "none"; --exit-code says 8' '
	test "$(state)" = none && expect_exit 8 purser status --exit-code'
check 'a command that needs a store says so: 8' 'expect_exit 8 purser log list 2>err && grep -q "no store" err'
check 'init without anybody to ask names the option: 2' '
	expect_exit 2 no_terminal purser init --no-input 2>err && grep -q -- -password-fd err && test ! -e "$PURSER_HOME/vault/keys"'
check 'init --kit-file alone cannot be verified: 2, no store, no kit file' '
	expect_exit 2 no_terminal purser init --no-input --kdf-memory 8 --password-file pw --kit-file kit 2>err &&
	grep -q unverified-kit err && test ! -e kit && test ! -e "$PURSER_HOME/vault/keys"'
check 'init: kit file 0600 with 20 words and the fingerprint' '
	init && test "$(stat -c %a kit)" = 600 && grep -q "^fingerprint [0-9A-Z-]*$" kit && test "$(tail -1 kit | wc -w)" = 20'
check 'directories 0700, files 0600, CACHEDIR.TAG' '
	test "$(stat -c %a "$PURSER_HOME/vault" "$PURSER_HOME/device" | sort -u)" = 700 &&
	test "$(stat -c %a "$PURSER_HOME"/vault/* "$PURSER_HOME"/device/* | sort -u)" = 600 && test -s "$PURSER_HOME/device/CACHEDIR.TAG"'
check 'sizes of the key files' '
	test "$(stat -c %s "$PURSER_HOME/vault/keys")" = 2048 && test "$(stat -c %s "$PURSER_HOME/device/device.key")" = 64 &&
	test "$(stat -c %s "$PURSER_HOME/device/fuse")" -ge 512 && test "$(stat -c %s "$PURSER_HOME/device/logstate")" = 128'
check 'init again: 2, the store is untouched, no second kit' '
	sum=$(cat "$PURSER_HOME"/*/* | sha256sum) && expect_exit 2 init pw kit2 2>err && grep -q already err && test ! -e kit2 &&
	test "$(cat "$PURSER_HOME"/*/* | sha256sum)" = "$sum"'
check 'a kit file is never overwritten: 2' '
	new_home && echo mine >mine && expect_exit 2 init pw mine && test "$(cat mine)" = mine && test ! -e "$PURSER_HOME/vault/keys"'
check 'status locked: what only the ledger knows is null' '
	purser status --json >out && test "$(field accounts <out)" = null && test "$(field transactions <out)" = null &&
	test "$(field locked <out)" = true && test "$(field kit <out)" = unverified && test "$(field epoch <out)" = 1 && test "$(state)" = open'
check 'the JSON of status is one line and nothing else' 'test "$(purser status --json | wc -l)" = 1'
check 'wrong password: 3, one message, nothing on stdout' '
	expect_exit 3 purser log list --password-file bad >out 2>err && test ! -s out && grep -q "wrong password, code or key file" err'
check 'under --json the last line of stderr is the error' '
	expect_exit 3 purser log list --json --password-file bad 2>err >out && test ! -s out && tail -1 err | field exit | grep -qx 3 &&
	tail -1 err | field name | grep -qx auth'
check 'no password at hand and nobody to ask: 5' 'expect_exit 5 purser log list --no-input 2>err && grep -q "purser unlock" err'
check 'global options are taken on either side' '
	purser --json --password-file pw log list >a && purser log list --password-file pw --json >b && test -s a && test -s b'
check 'the log tells of init and of the failed attempt' '
	purser log list --json --password-file pw >out && field event <out | grep -qx init && field event <out | grep -qx unlock-failed'
check 'log verify: unbroken, 0' 'purser log verify --password-file pw >out && grep -q unbroken out'
check 'verify: whole, 0' 'purser verify --password-file pw >out && grep -q Whole out'
check 'checkpoint, and the log against it' '
	purser log checkpoint --password-file pw >cp && head -1 cp | grep -q "purser log checkpoint" && test "$(wc -c <cp)" -lt 700 &&
	purser log verify --against cp --password-file pw >out'
check 'the log is gone, or not to be read: what is about it ends with 6, says so and names recover' '
	rm -rf nolog && cp -a "$PURSER_HOME" nolog && rm nolog/vault/log && for c in "log list" "log verify" "log checkpoint"; do
		expect_exit 6 purser --home nolog $c --password-file pw >out 2>err && test ! -s out && grep -q "purser recover" err || exit 1; done'
check 'a checkpoint that was altered is refused: 7' '
	sed "/^head /{s/0\$/1/;t;s/.\$/0/;}" cp >cp2 && ! cmp -s cp cp2 && expect_exit 7 purser log verify --against cp2 --password-file pw'
check 'kit check with a wrong kit: 3' '
	new_home && init pw kitB && PURSER_HOME=$TMP/home && expect_exit 3 purser kit check --password-file pw --kit-fd 3 3<kitB'
check 'kit check: verified, and status says so' '
	purser kit check --password-file pw --kit-fd 3 3<kit && test "$(purser status --json | field kit)" = verified'
check 'a word of the kit that is none is named' '
	sed "\$s/^[a-z]*/lenght/" kit >kitC && expect_exit 3 purser kit check --password-file pw --kit-fd 3 3<kitC 2>err && grep -q lenght err'

check 'unlock, and commands need no password; status knows the figures' '
	purser unlock --password-file pw && purser log list --no-input >out && test "$(purser status --json | field locked)" = false &&
	test "$(purser status --json | field accounts)" = 0 && purser status --exit-code'
check 'a wrong password does not unlock: 3; whom it was not asked of stays unlocked' '
	expect_exit 3 purser unlock --password-file bad && purser status --exit-code && purser lock && expect_exit 3 purser unlock --password-file bad &&
	expect_exit 5 purser status --exit-code'
check 'lock: 5 afterwards; twice is no error' '
	purser unlock --password-file pw && purser lock && expect_exit 5 purser log list --no-input && purser lock && expect_exit 5 purser status --exit-code'
check 'the agent locks when idle' '
	purser unlock --idle 1s --password-file pw && sleep 1.2 && expect_exit 5 purser log list --no-input'
check 'the agent cannot be traced or dumped, its socket is private' '
	purser unlock --password-file pw && pid=$(pgrep -f "agent-process $PURSER_HOME" | head -1) && test -n "$pid" &&
	grep -q "^Max core file size  *0  *0" /proc/$pid/limits && test "$(stat -c %a "$XDG_RUNTIME_DIR/purser")" = 700 &&
	grep -q "^NoNewPrivs:.1" /proc/$pid/status && purser lock'
check 'unlock without a place for a socket: 1 with the reason' '
	XDG_RUNTIME_DIR= && export XDG_RUNTIME_DIR && if test "$(id -u)" = 0; then true; else expect_exit 1 purser unlock --password-file pw 2>err && grep -q XDG_RUNTIME_DIR err; fi'

check 'passwd: the old password opens nothing any more, the new one does' '
	purser passwd --password-fd 3 --new-password-fd 4 3<pw 4<pw2 && expect_exit 3 purser log list --password-file pw &&
	purser log list --password-file pw2 >out && grep -q passwd out && test "$(purser status --json | field epoch)" = 2'
check 'passwd with a wrong old password: 3, nothing changed' '
	expect_exit 3 purser passwd --password-fd 3 --new-password-fd 4 3<bad 4<pw && purser log verify --password-file pw2'
check 'passwd locks the agent' '
	purser unlock --password-file pw2 && purser passwd --password-fd 3 --new-password-fd 4 3<pw2 4<pw && expect_exit 5 purser log list --no-input &&
	purser log list --password-file pw >out'
check 'kit new: another fingerprint, the old kit is none of this store' '
	old=$(purser kit status --json | field fingerprint) && purser kit new --no-input --password-file pw --kit-file kitN --unverified-kit &&
	test "$(purser kit status --json | field fingerprint)" != "$old" && expect_exit 3 purser kit check --password-file pw --kit-fd 3 3<kit &&
	purser kit check --password-file pw --kit-fd 3 3<kitN'
check 'no file of a change stays behind' 'test -z "$(find "$PURSER_HOME" -name "*.next" -o -name "*.old" -o -name "change*" -o -name "*.tmp")"'
check 'unusual key parameters are refused before any memory is taken' '
	cp -a "$PURSER_HOME" broken && printf "\377\377\377\377" | dd of=broken/vault/keys bs=1 seek=48 conv=notrunc 2>/dev/null &&
	expect_exit 6 purser --home broken log list --password-file pw 2>err || expect_exit 7 purser --home broken log list --password-file pw'
check 'a damaged keys file: 6, never opens' '
	rm -rf broken && cp -a "$PURSER_HOME" broken && printf X | dd of=broken/vault/keys bs=1 seek=90 conv=notrunc 2>/dev/null &&
	expect_exit 6 purser --home broken log list --password-file pw'
check 'device.key missing: 3' '
	rm -rf broken && cp -a "$PURSER_HOME" broken && rm broken/device/device.key && expect_exit 3 purser --home broken log list --password-file pw'
check 'stdout that is full is an error, not silence' 'expect_exit 1 purser status --json >/dev/full'
finish
