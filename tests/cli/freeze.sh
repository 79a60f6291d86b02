#!/bin/sh
# freeze without a password, what goes on while frozen, thaw and recover with the kit.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2; echo "wrong" >bad
init() { purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file "${1:-kit}" --unverified-kit; }
u() { purser "$@" --password-file "${PW:-pw}"; }

check 'freeze without a store: 8, says that nothing was frozen, and gives the first steps' '
	expect_exit 8 purser freeze >out 2>err && grep -q "NOTHING was frozen" err && grep -q "DO" out && test ! -e "$PURSER_HOME"'
check 'near misses freeze nothing: 2' '
	for w in frezee panic frez; do expect_exit 2 purser $w 2>err && grep -q "Nothing was frozen" err || exit 1; done'
check 'a store with an account and secrets' '
	init && u account add paypal --provider paypal && u account add mail && printf "old-secret-1" | u secret set paypal &&
	printf "mail-pw" | u secret set mail && echo JBSWY3DPEHPK3PXP | u otp add paypal && u secret show paypal >out && test "$(cat out)" = old-secret-1'
check 'a restore that somebody goes on with keeps no freeze waiting' '
	cp -a "$PURSER_HOME" busy && PURSER_HOME=$TMP/busy && echo begun >busy/vault/restore && { flock busy/vault sh -c "i=0; while [ -e busy/device/fuse ] && [ \$i -lt 60 ]; do sleep 0.1; i=\$((i + 1)); done; test ! -e busy/device/fuse && echo gone >seen" & } &&
	while flock -n busy/vault true; do sleep 0.05; done; purser freeze >out && wait && test -s seen'
check 'freeze asks for nothing, has no terminal, and is fast' '
	cp -a "$PURSER_HOME" before && no_terminal purser freeze --reason "odd mail" >out && head -1 out | grep -q "^FROZEN" && grep -q "fuse destroyed: yes" out &&
	test ! -e "$PURSER_HOME/device/fuse" && test ! -e "$PURSER_HOME/device/freeze.request"'
check 'status: frozen, 4 with --exit-code' '
	purser status --json >out && test "$(field state <out)" = frozen && test "$(field frozen_since <out)" != null && expect_exit 4 purser status --exit-code'
check 'frozen already: 0, and says since when' 'purser freeze --json >out && test "$(field already <out)" = true && test "$(field frozen <out)" = true'
check 'no secret, no code comes out: 4, nothing on stdout, no password is asked' '
	for c in "secret show paypal" "otp paypal" "otp export paypal"; do expect_exit 4 purser $c --no-input >out 2>err && test ! -s out && grep -q frozen err || exit 1; done'
check 'secret copy: 4 as well' 'expect_exit 4 u secret copy paypal >out 2>err && test ! -s out'
check 'the books go on: account, history, log' '
	u account list >out && grep -q paypal out && u history >out && u log list >out && grep -q freeze out'
check 'a secret stored while frozen is sealed to the kit' '
	printf "changed-at-night" | u secret set paypal 2>err && grep -q "Sealed to the kit" err && expect_exit 4 u secret show paypal'
check 'files of before put back without the fuse: no secret' '
	cp -a "$PURSER_HOME" attack && cp before/vault/* attack/vault/ && rm -f attack/device/fuse &&
	! purser --home attack secret show paypal --password-file pw >out && test ! -s out'
check 'an old fuse that comes back is destroyed, the store stays frozen' '
	rm -rf attack && cp -a "$PURSER_HOME" attack && cp before/device/fuse attack/device/ && expect_exit 4 purser --home attack secret show mail --password-file pw >out &&
	test ! -s out && test ! -e attack/device/fuse'
check 'passwd and kit new while frozen: 4' '
	expect_exit 4 purser passwd --password-fd 3 --new-password-fd 4 3<pw 4<pw2 && expect_exit 4 purser kit new --no-input --kit-file k --unverified-kit --password-file pw && test ! -e k'
check 'thaw wants --confirm store: --yes is not enough' '
	expect_exit 2 no_terminal purser thaw --yes --no-input --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw2'
check 'thaw without --keep-kit or --kit-file under --no-input: 2, nothing changed' '
	expect_exit 2 purser thaw --no-input --confirm store --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw2 2>err && test "$(purser status --json | field state)" = frozen'
check 'thaw with a wrong fingerprint: 3' '
	sed "s/^fingerprint .*/fingerprint 0000-0000-0000-0000/" kit >kitF &&
	expect_exit 3 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kitF 4<pw2'
check 'thaw with the kit of another store: 3' '
	PURSER_HOME=$TMP/other && init kitO && PURSER_HOME=$TMP/home &&
	expect_exit 3 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kitO 4<pw2'
check 'thaw with a wrong password: 3' '
	expect_exit 3 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file bad --new-password-fd 4 3<kit 4<pw2'
check 'thaw: everything back under a new password, exposure list printed' '
	purser thaw --json --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw2 >out &&
	grep exposure out | field account | grep -qx mail && grep exposure out | field kind | grep -qx otp'
check 'the secret that was stored while frozen is readable, and not exposed; the one before is the history' '
	test "$(PW=pw2 u secret show paypal)" = changed-at-night && ! grep exposure out | grep -q "paypal.*password" &&
	test "$(PW=pw2 u secret show mail)" = mail-pw'
check 'the old password opens nothing; log and store are whole' '
	expect_exit 3 u log list && PW=pw2 u log verify && PW=pw2 u verify && PW=pw2 u otp paypal >out && grep -qx "[0-9]\{6\}" out'
check 'files of before the freeze, the new vault and the old password: only what was there before' '
	rm -rf attack && cp -a before attack && cp "$PURSER_HOME"/vault/* attack/vault/ && ! purser --home attack secret show paypal --password-file pw >out &&
	! purser --home attack secret show paypal --password-file pw2 >out && test ! -s out'
check 'rotate --list --exposed names what is left, --next the worst' '
	PW=pw2 u rotate --list --exposed --json >out && field account <out | grep -qx mail && PW=pw2 u rotate --next --json >out && test "$(field state <out)" = pending'
check 'recover: password forgotten, the kit and a new one' '
	purser recover --no-input --confirm store --kit-file kit2 --unverified-kit --kit-fd 3 --new-password-fd 4 3<kit 4<pw &&
	test "$(u secret show mail)" = mail-pw && test "$(purser kit status --json | field fingerprint)" = "$(sed -n "s/^fingerprint //p" kit2)"'
check 'recover: device.key lost' '
	rm "$PURSER_HOME/device/device.key" && expect_exit 3 u log list && purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kit2 4<pw &&
	test "$(u secret show mail)" = mail-pw'
check 'thaw goes on as recover where device.key is lost' '
	rm "$PURSER_HOME/device/device.key" && purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kit2 4<pw >out && grep -q RECOVERED out && test "$(u secret show mail)" = mail-pw'
check 'recover goes on as thaw where the store is frozen; no password is asked' '
	purser freeze >out && purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kit2 4<pw >out && grep -q THAWED out && test "$(u secret show mail)" = mail-pw'
check 'thaw without its password: 5; with --yes instead of --confirm: 2' '
	purser freeze >out && expect_exit 5 no_terminal purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kit2 4<pw 2>err && grep -q -e --password-fd err &&
	expect_exit 2 purser thaw --yes --no-input --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit2 4<pw && purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kit2 4<pw >out'
check 'a kit without its fingerprint line: goes on and says so' '
	grep -v ^fingerprint kit2 >kit3 && purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kit3 4<pw >out 2>err && grep -q "fingerprint not compared" err'
check 'without the device directory: restored; nothing but status, until the kit recovers it; thaw goes on as recover' '
	mkdir -p away && cp -a "$PURSER_HOME/vault" away/ && PURSER_HOME=$TMP/away && purser status --json >out && test "$(field state <out)" = restored && expect_exit 4 purser status --exit-code &&
	expect_exit 4 u account list && expect_exit 4 u secret show mail && expect_exit 2 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit2 4<pw 2>err && grep -q "new chain" err &&
	purser thaw --no-input --confirm store --kit-file kitR2 --unverified-kit --kit-fd 3 --new-password-fd 4 3<kit2 4<pw2 >out && grep -q RECOVERED out && test "$(PW=pw2 u secret show mail)" = mail-pw'
check 'freeze with an agent: it is wiped, serves no secret, the history goes on' '
	purser unlock --password-file pw && test "$(purser secret show mail --no-input)" = mail-pw && purser freeze --json >out && test "$(field agent <out)" = wiped &&
	expect_exit 4 purser secret show mail --no-input >out && test ! -s out && purser history --no-input && purser account list --no-input >out && grep -q mail out'
check 'a value generated while frozen waits in the agent; after lock it is gone' '
	purser secret set mail --generate --no-input 2>err && grep -q "15 minutes" err && purser lock'
check 'thaw of a store without a kit needs the password only' '
	new_home && purser init --no-input -q --kdf-memory 8 --password-file pw && expect_exit 1 sh -c "printf x | purser secret set a --password-file pw" || true;
	purser account add a --password-file pw && printf x | expect_exit 1 purser secret set a --password-file pw 2>err && grep -q "kit new" err &&
	purser freeze >out && purser thaw --no-input --confirm store --password-file pw --new-password-fd 4 4<pw2 && purser log verify --password-file pw2'
check 'freeze on a read-only file system, or one that cannot be written: not frozen is said, 1' '
	if test "$(id -u)" = 0; then mkdir ro && mount -t tmpfs tmpfs ro 2>/dev/null || { echo "no mount here"; exit 0; }; PURSER_HOME=$TMP/ro/h; init kitR && mount -o remount,ro ro &&
	expect_exit 1 purser freeze >out; r=$?; umount ro; test $r = 0 && head -1 out | grep -q "^NOT FROZEN"; fi'
finish
