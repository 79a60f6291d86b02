#!/bin/sh
# The store's own second factor: codes (one and two), their table, key file, the policy of recovery, renewal of the fuse. The clock
# is the tests' (PURSER_TEST_NOW); codes are computed by perl from the seed's URI, not by purser.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2; echo "wrong" >bad
T0=1800000000
DAY=86400
at() { PURSER_TEST_NOW=$(($1 * 1000)); export PURSER_TEST_NOW; }
at $T0
init() { purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file "${1:-kit}" --unverified-kit; }
init_kit() { init "$@" && purser kit check -q --password-file pw --kit-fd 3 3<"${1:-kit}"; }
# code URIFILE [SECONDS]: the code(s) of that time: RFC 6238, SHA-1, 6 digits, 30 s.
code() {
	perl -MDigest::SHA=hmac_sha1 -e 'my ($f, $t, $n) = @ARGV; open F, $f or die; my ($s) = <F> =~ /secret=([A-Z2-7]+)/ or die; my $b = "";
		$b .= sprintf "%05b", index("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", $_) for split //, $s; my $k = pack "B" . (length($b) & ~7), $b;
		for my $i (0 .. $n - 1) { my $h = hmac_sha1(pack("Q>", int($t / 30) + $i), $k); my $o = ord(substr $h, 19) & 15;
		printf "%06d\n", (unpack("N", substr $h, $o, 4) & 0x7fffffff) % 1000000 }' "$1" "${2:-$((PURSER_TEST_NOW / 1000))}" "${N:-1}"
}
# with_seed URIFILE COMMAND...: COMMAND with --uri-file and --code-fd; the code is typed once the seed is there. $NOW: codes of the present
# seed that go first. $WRONG: other codes instead.
with_seed() {
	ws_uri=$1
	shift
	rm -f codes "$ws_uri"
	mkfifo codes
	{ exec 5>codes; [ -z "${NOW-}" ] || printf '%s\n' "$NOW" >&5; i=0; while [ "$(wc -l <"$ws_uri" 2>/dev/null || echo 0)" -lt 1 ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i + 1)); done
		{ [ -n "${WRONG-}" ] && printf '%s\n' "$WRONG" || code "$ws_uri"; } >&5; } 2>/dev/null &
	ws_rc=0
	"$@" --uri-file "$ws_uri" --code-fd 4 4<codes || ws_rc=$?
	wait
	return $ws_rc
}
# u COMMAND...: with the password of $PW and the code of the seed file $SEED.
u() { code "${SEED:-seed}" ${CODE_AT-} >cu && purser "$@" --password-file "${PW:-pw}" --code-fd 4 4<cu; }
epoch() { purser status --json | field epoch; }

check 'enable without a verified kit: refused, names kit check; without any: kit new' '
	init && expect_exit 1 with_seed seed purser 2fa enable --password-file pw 2>err && grep -q "purser kit check" err && test ! -e seed &&
	PURSER_HOME=$TMP/bare && purser init -q --no-input --kdf-memory 8 --password-file pw && expect_exit 1 purser 2fa enable --password-file pw --uri-file seed 2>err && grep -q "purser kit new" err'
check 'a store with a verified kit and a secret' '
	purser kit check -q --password-file pw --kit-fd 3 3<kit && u2() { purser "$@" --password-file pw; } && u2 account add mail && printf "mail-pw" | u2 secret set mail &&
	purser 2fa status >out && grep -q "No second factor" out && test "$(purser status --json | field twofactor)" = none'
check 'enable: nobody to show the seed to: 2; an old file in the way: not overwritten' '
	expect_exit 2 no_terminal purser 2fa enable --password-file pw --code-fd 3 3</dev/null 2>err && grep -q -e --uri-file err &&
	echo mine >seed && expect_exit 2 purser 2fa enable --password-file pw --uri-file seed --code-fd 3 3</dev/null && test "$(cat seed)" = mine && rm seed'
check 'enable with a wrong code: 3, nothing changed, no seed left' '
	e=$(epoch) && WRONG=000000 expect_exit 3 with_seed seed purser 2fa enable --password-file pw && test ! -e seed && test "$(epoch)" = "$e" && purser log list --password-file pw >out &&
	test ! -e "$PURSER_HOME/device/totp.tab"'
check 'enable: the code is proved, the keys are renewed, the honest text is printed, the seed is nowhere but in its file' '
	cp -a "$PURSER_HOME" before && e=$(epoch) && with_seed seed purser 2fa enable --password-file pw >out 2>err && test "$(epoch)" = $((e + 1)) && grep -q "about 1 000 000 password-hash runs" out &&
	grep -q "Any single code someone ever saw" out && test "$(stat -c %a seed)" = 600 && ! cat out err | grep -q "secret=" && test "$(stat -c %s "$PURSER_HOME/device/totp.tab")" = 786612 &&
	s=$(sed "s/.*secret=\([A-Z2-7]*\).*/\1/" seed) && ! grep -rq "$s" "$PURSER_HOME" && grep -q "otpauth://totp/purser" seed'
check 'status works locked: which factor, until when' '
	test "$(purser status --json | field twofactor)" = totp && test "$(purser status --json | field twofactor_expires)" != null && purser 2fa status --json >out && test "$(field codes <out)" = 1'
check 'unlock needs password and code: right, wrong code, wrong password, one message for all' '
	test "$(u secret show mail)" = mail-pw && echo 000000 >c0 && expect_exit 3 purser log list --password-file pw --code-fd 4 4<c0 2>err1 && PW=bad expect_exit 3 u log list 2>err2 && cmp err1 err2'
check 'no code given: 5 without a way to ask, naming --code-fd' '
	expect_exit 5 no_terminal purser log list --password-file pw 2>err && grep -q -e --code-fd err && expect_exit 3 purser log list --password-file pw --code-fd 4 2>err 4<pw2 && grep -q "six digits" err'
check 'codes of the step before and after open, two steps off do not' '
	for d in -30 0 30; do CODE_AT=$((T0 + d)) u log list >out || exit 1; done; for d in -60 60 90; do CODE_AT=$((T0 + d)) expect_exit 3 u log list >out || exit 1; done'
check 'the table of before, or of another store: the code opens nothing (3), a table that is cut or gone says so' '
	t=$PURSER_HOME/device/totp.tab && cp $t tab && head -c 700000 tab >$t && expect_exit 6 u log list 2>err && grep -q totp.tab err && rm $t && expect_exit 3 u log list 2>err && grep -q "recover" err &&
	expect_exit 3 purser status --exit-code; purser status >out; grep -q "missing or damaged" out && cp tab $t && u log list >out'
check 'an offset of the table is flipped: the code does not open; the next one does, and the table is made whole again' '
	t=$PURSER_HOME/device/totp.tab && perl -e "open F, q(+<), shift; seek F, 148 + 3 * 2, 0; print F chr(255) x 1" $t && expect_exit 3 u log list && at $((T0 + 60)) && u log list >out 2>err &&
	at $T0 && u log list >out'
check 'the agent: unlock with a code, secrets without; the prompt asks for the code after the password' '
	u unlock -q && test "$(purser secret show mail --no-input)" = mail-pw && purser lock && code seed >c &&
	terminal "expect Password:
	send correct horse\r
	expect Code
	words c
	send \r
	exit 0" purser secret show mail && grep -q mail-pw t'
check 'passwd keeps the factor' '
	code seed >c && purser passwd --password-file pw --new-password-fd 3 --code-fd 4 3<pw2 4<c && expect_exit 3 u log list && PW=pw2 u log list >out && expect_exit 5 no_terminal purser log list --password-file pw2 &&
	code seed >c && purser passwd --password-file pw2 --new-password-fd 3 --code-fd 4 3<pw 4<c && u log list >out && grep -q passwd out'
check 'kit new keeps the factor, though every key of the ledger is new' '
	code seed >c && purser kit new --no-input --password-file pw --code-fd 4 --kit-file kitn --unverified-kit 4<c && test "$(u secret show mail 2>err)" = mail-pw && ! grep -q "second factor" err && mv kitn kit && code seed >c &&
	purser kit check -q --password-file pw --code-fd 4 --kit-fd 3 3<kit 4<c'
check 'strip the table and the flags: without the code nothing opens, whatever the files say' '
	rm -rf attack && cp -a "$PURSER_HOME" attack && rm attack/device/totp.tab && perl -e "open F, q(+<), shift; seek F, 12, 0; print F chr(0)" attack/vault/keys &&
	expect_exit 6 purser --home attack log list --password-file pw && rm -rf attack && cp -a "$PURSER_HOME" attack && cp before/vault/keys attack/vault/ && expect_exit 3 purser --home attack log list --password-file pw &&
	rm -rf attack && cp -a before attack && cp "$PURSER_HOME"/vault/* attack/vault/ && ! purser --home attack secret show mail --password-file pw >out && test ! -s out'
check 'rotate: a new seed, the old one opens nothing' '
	NOW=$(code seed) with_seed seed2 purser 2fa rotate --password-file pw >out && grep -q "password-hash runs" out && expect_exit 3 u log list && SEED=seed2 u log list >out && grep -q 2fa-rotate out'
check 'a week later the table is renewed by an unlock, with the same seed; the fuse too' '
	at $((T0 + 8 * DAY)) && cp "$PURSER_HOME/device/fuse" fuse0 && e=$(epoch) && SEED=seed2 u secret show mail -v >out 2>err && test "$(cat out)" = mail-pw && grep -q "fuse was a week old" err && ! cmp -s fuse0 "$PURSER_HOME/device/fuse" &&
	test "$(epoch)" = $e && test "$(purser 2fa status --json | field expires | cut -c1-10)" = "$(date -u -d @$((T0 + 99 * DAY)) +%F)" && SEED=seed2 u log list >out && grep -q rekey out && SEED=seed2 u verify'
check 'the last 30 days are said; expired: 3 with the date, before any password; then the kit' '
	at $((T0 + (8 + 65) * DAY)) && SEED=seed2 u log list 2>err >out && grep -q "days left" err && rm -rf old && cp -a "$PURSER_HOME" old && at $((T0 + 200 * DAY)) && expect_exit 3 no_terminal purser log list --no-input 2>err &&
	grep -q "2FA table expired on 20" err && grep -q "purser recover" err && SEED=seed2 expect_exit 3 u log list'
check 'a clock that is wrong by a year: said with the dates of the table; --clock opens' '
	at $((T0 + 73 * DAY - 365 * DAY)) && expect_exit 3 no_terminal purser log list --no-input 2>err && grep -q "clock says 20" err && grep -q -e "--clock" err && CODE_AT=$((T0 + 73 * DAY)) &&
	SEED=seed2 u log list --clock +$((365 * DAY)) >out && at $((T0 + 73 * DAY + 365 * DAY)) && expect_exit 3 no_terminal purser log list --no-input && SEED=seed2 u log list --clock -$((365 * DAY)) >out'
check 'the phone is lost: recover with the kit, codes are off then, and it is said' '
	at $((T0 + 74 * DAY)) && purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kit 4<pw 2>err && grep -q "2fa enable" err && test "$(purser secret show mail --password-file pw)" = mail-pw &&
	test "$(purser status --json | field twofactor)" = none && test ! -e "$PURSER_HOME/device/totp.tab"'
at $((T0 + 75 * DAY))
check 'two codes: both in a row; the second alone, swapped, or with a gap: 3' '
	N=2 with_seed seed purser 2fa enable --codes 2 --password-file pw >out && grep -q "10^12" out && N=2 u log list >out && N=2 code seed >c && tail -1 c >c3; head -1 c >>c3
	for d in -30 30; do N=2 CODE_AT=$((T0 + 75 * DAY + d)) u log list >out || exit 1; done; expect_exit 3 purser log list --password-file pw --code-fd 4 4<c3 && { head -1 c; N=3 code seed | tail -1; } >c4 &&
	expect_exit 3 purser log list --password-file pw --code-fd 4 4<c4 && head -1 c >c5 && expect_exit 5 no_terminal purser log list --password-file pw --code-fd 4 4<c5'
check 'disable wants the codes; then the password alone; the table is gone' '
	expect_exit 5 no_terminal purser 2fa disable --password-file pw && N=2 code seed >c && purser 2fa disable --password-file pw --code-fd 4 4<c && purser log list --password-file pw >out && grep -q 2fa-disable out && test ! -e "$PURSER_HOME/device/totp.tab" &&
	expect_exit 1 purser 2fa disable --password-file pw'
check 'at a terminal: the seed is shown there, a wrong code is asked for again' '
	rm -f seed codes && mkfifo codes && { i=0; while [ ! -s seed ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done; code seed >codes; } & terminal "expect Password:
	send correct horse\r
	expect Code
	send 000000\r
	expect Once more
	expect Code
	words codes
	send \r
	expect password-hash
	exit 0" purser 2fa enable --uri-file seed && wait && code seed >c && u 2fa disable -q &&
	terminal "expect Password:
	send correct horse\r
	expect otpauth://totp/purser
	expect Code
	send \x03
	exit 130" purser 2fa enable && purser log list --password-file pw >out'
check 'files that are made for the owner (key file, kit, sheets) are on the disk with their names before any key changes' '
	cp -a "$PURSER_HOME" synced && mkdir stick && PURSER_HOME=$TMP/synced && LD_PRELOAD=$BUILD/tests/fault/fault.so PURSER_FAULT=count PURSER_FAULT_DIR=$TMP PURSER_FAULT_LOG=$TMP/calls purser 2fa enable --password-file pw --key-file stick/key --create -q 2>err &&
	LD_PRELOAD=$BUILD/tests/fault/fault.so PURSER_FAULT=count PURSER_FAULT_DIR=$TMP PURSER_FAULT_LOG=$TMP/calls2 purser kit new --no-input --password-file pw --key-file stick/key --kit-file stick/kit --sheet stick/sheet --unverified-kit -q 2>err &&
	for c in calls calls2; do perl -ne "\$n++ if m{fsync \Q$TMP\E/stick\$}; print \"\$n\\n\" and exit if m{synced/device/change\$|synced/device/change.tmp\$}" $c >n; grep -qx "[12]" n || { cat $c; exit 1; }; done; grep -qx 2 n'
check 'key file: --create makes it, 0600, 64 bytes; below the home it is warned about' '
	purser 2fa enable --password-file pw --key-file keyf --create >out 2>err && test "$(stat -c %a:%s keyf)" = 600:64 && grep -q "own disk" err && test "$(purser status --json | field twofactor)" = keyfile &&
	test "$(purser secret show mail --password-file pw --key-file keyf)" = mail-pw'
check 'key file missing, gone, too short, no file, or another: 3, nothing shown' '
	expect_exit 3 purser log list --password-file pw 2>err && grep -q -e --key-file err && expect_exit 3 purser log list --password-file pw --key-file none && echo short >short && expect_exit 3 purser log list --password-file pw --key-file short && expect_exit 3 purser log list --password-file pw --key-file . &&
	head -c 64 /dev/urandom >other && expect_exit 3 purser secret show mail --password-file pw --key-file other >out && test ! -s out && expect_exit 3 no_terminal purser unlock --no-input --password-file pw --key-file none'
check 'key file in the agent, and codes beside it' '
	purser unlock -q --password-file pw --key-file keyf && test "$(purser secret show mail)" = mail-pw && purser lock && with_seed seed purser 2fa enable --password-file pw --key-file keyf >out && test "$(purser status --json | field twofactor)" = totp+keyfile &&
	u log list --key-file keyf >out && expect_exit 3 u log list'
check 'rotate the key file alone: the seed stays; a file that is there is not overwritten' '
	code seed >c && expect_exit 2 purser 2fa rotate --new-key-file other --create --password-file pw --key-file keyf --code-fd 4 4<c && code seed >c && purser 2fa rotate --new-key-file key2 --create --password-file pw --key-file keyf --code-fd 4 4<c >out &&
	u log list --key-file key2 >out && expect_exit 3 u log list --key-file keyf'
check 'frozen: thaw takes all factors, and says that they are off afterwards' '
	purser freeze >out && expect_exit 4 u 2fa disable --key-file key2 && code seed >c && expect_exit 3 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 5 --code-fd 4 3<kit 4<c 5<pw2 &&
	code seed >c && purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --key-file key2 --new-password-fd 5 --code-fd 4 3<kit 4<c 5<pw2 >out 2>err && grep -q "2fa enable" err && purser log list --password-file pw2 >out'
check 'rekey: a new fuse under the same password and epoch; the secrets open; frozen: 4' '
	e=$(epoch) && cp "$PURSER_HOME/device/fuse" fuse0 && purser rekey --password-file pw2 && ! cmp -s fuse0 "$PURSER_HOME/device/fuse" && test "$(epoch)" = "$e" && test "$(purser secret show mail --password-file pw2)" = mail-pw && purser verify --password-file pw2 &&
	rm -rf frozen && cp -a "$PURSER_HOME" frozen && purser --home frozen freeze >out && expect_exit 4 purser --home frozen rekey --password-file pw2'
check 'rekey: an entry that belongs to no version goes, although another version opens with the kit only; one under a damaged name stays' '
	flip() { perl -e "open F, q(+<), shift; seek F, shift, 0; read F, \$c, 1; seek F, -1, 1; print F chr(ord(\$c) ^ 1)" "$PURSER_HOME/device/fuse" $1; } &&
	stray() { perl -e "open F, q(+<), shift; for (\$i = 512;; \$i += 128) { seek F, \$i, 0; last if read(F, \$e, 128) < 128 || \$e !~ /[^\\0]/ } seek F, \$i, 0; print F chr(7) x 128" "$PURSER_HOME/device/fuse"; } &&
	old=$PURSER_HOME PURSER_HOME=$TMP/stray && u() { purser "$@" --password-file pw2; } && rm -rf stray && cp -a "$old" stray && printf 1234 | u secret set mail pin && rm -rf stray2 && cp -a stray stray2 &&
	flip 560 && purser passwd --password-file pw2 --new-password-fd 3 3<pw2 && stray && u rekey && test "$(u secret show mail pin)" = 1234 && expect_exit 4 u secret show mail 2>err && grep -q "purser recover" err &&
	PURSER_HOME=$TMP/stray2 && flip 515 && stray && expect_exit 6 u rekey 2>err && grep -q "2 entries" err && grep -q "purser recover" err && expect_exit 6 u secret show mail && test "$(u secret show mail pin)" = 1234'
check 'an unlocked agent forgets at a rekey' 'purser unlock -q --password-file pw2 && purser rekey --password-file pw2 && expect_exit 5 no_terminal purser secret show mail --no-input'

new_home
check 'recovery kit+password: init and kit new choose it, status says it' '
	purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kitp --unverified-kit --recovery kit+password && purser kit check -q --password-file pw --kit-fd 3 3<kitp && test "$(purser status --json | field recovery)" = kit+password &&
	purser account add mail --password-file pw && printf "mail-pw" | purser secret set mail --password-file pw'
check 'the kit alone does not recover it: the password is asked for, a wrong one is 3' '
	expect_exit 5 no_terminal purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kitp 4<pw2 && expect_exit 3 purser recover --no-input --confirm store --keep-kit --kit-fd 3 --password-file bad --new-password-fd 4 3<kitp 4<pw2'
check 'kit and password recover it without phone, key file and device.key' '
	with_seed seed purser 2fa enable --codes 1 --key-file key3 --create --password-file pw >out && rm "$PURSER_HOME/device/device.key" "$PURSER_HOME/device/totp.tab" key3 && expect_exit 3 u log list &&
	purser recover --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kitp 4<pw2 >out && test "$(purser secret show mail --password-file pw2)" = mail-pw && test "$(purser status --json | field recovery)" = kit+password'
check 'kit new --recovery kit goes back' '
	purser kit new --no-input --password-file pw2 --kit-file kitq --unverified-kit --recovery kit && test "$(purser status --json | field recovery)" = kit && purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kitq 4<pw >out'

new_home
check 'phone and computer lost: three of five sheets and a backup bring everything to a fresh home' '
	purser init --no-input -q --kdf-memory 8 --password-file pw --kit-shares 3/5 --kit-file kit5 --unverified-kit && { sed -n "/^fingerprint/p" kit5; grep -v -e "^#" -e "^fingerprint " kit5 | sed -n 2p; } >sheet && purser kit check -q --password-file pw --kit-fd 3 3<sheet &&
	purser account add mail --password-file pw && printf "mail-pw" | purser secret set mail --password-file pw && N=2 with_seed seed purser 2fa enable --codes 2 --password-file pw >out && purser backup backup.bak && PURSER_HOME=$TMP/fresh &&
	purser restore backup.bak --no-recover && { sed -n "/^fingerprint/p" kit5; grep -v -e "^#" -e "^fingerprint " kit5 | sed -n "1p;3p;5p"; } >three && { sed -n "/^fingerprint/p" kit5; grep -v -e "^#" -e "^fingerprint " kit5 | sed -n "1p;3p"; } >two &&
	! purser recover --no-input --confirm store --kit-file kit6 --unverified-kit --kit-fd 3 --new-password-fd 4 3<two 4<pw2 && purser recover --no-input --confirm store --kit-file kit6 --unverified-kit --kit-fd 3 --new-password-fd 4 3<three 4<pw2 &&
	test "$(purser secret show mail --password-file pw2)" = mail-pw && test "$(purser status --json | field twofactor)" = none'
finish
