#!/bin/sh
# secret: every kind, every option, from standard input; what goes to which stream; what is refused.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo wrong >bad
init() { purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file "${1:-kit}" --unverified-kit; }
u() { purser "$@" --password-file pw; }

check 'without a kit no secret is stored: 1, and kit new is named' '
	purser init --no-input -q --kdf-memory 8 --password-file pw && u account add paypal && printf x | expect_exit 1 u secret set paypal 2>err &&
	grep -q "kit new" err && grep -q "Nothing was stored" err && echo JBSWY3DPEHPK3PXP | expect_exit 1 u otp add paypal && expect_exit 1 u rotate paypal'
check 'kit new --unverified-kit: from then on they are' '
	u kit new --no-input --kit-file kit --unverified-kit && printf fir5t | u secret set paypal && u account add mail && purser unlock --reveals 0 --password-file pw'
check 'show prints the value and a line break on stdout, nothing else anywhere' '
	purser secret show paypal >out 2>err && test "$(cat out)" = fir5t && test "$(wc -c <out)" = 6 && test ! -s err'
check 'show --json: the documented fields' '
	purser secret show paypal --json >out && test "$(field object <out)" = secret && test "$(field account <out)" = paypal &&
	test "$(field kind <out)" = password && test "$(field version <out)" = 1 && test "$(field value <out)" = fir5t &&
	field created <out | grep -q "^20..-..-..T..:..:..[+Z]"'
check 'set says what was stored on stderr; --json one object, never the value' '
	printf sec0nd | purser secret set paypal >out 2>err && test ! -s out && grep -q "version 2" err &&
	printf th1rd | purser secret set paypal --json >out 2>err && test "$(field version <out)" = 3 && ! grep -q th1rd out err'
check 'the value is stored as it comes: several lines, bytes that are no UTF-8, one line break at the end dropped' '
	printf "a\nb\n\n" | purser secret set paypal note && test "$(purser secret show paypal note | od -An -tx1 | tr -d " \n")" = 610a620a0a &&
	printf "\377\000\001x" | purser secret set paypal api-token && test "$(purser secret show paypal api-token | od -An -tx1 | tr -d " \n")" = ff0001780a'
check 'a long note: 60,000 bytes, and not one more' '
	head -c 60000 /dev/zero | tr "\0" n | purser secret set mail note && test "$(purser secret show mail note | wc -c)" = 60001 &&
	head -c 60001 /dev/zero | tr "\0" n | expect_exit 2 purser secret set mail note'
check 'an empty value: 2, nothing changed' '
	expect_exit 2 purser secret set paypal </dev/null 2>err && grep -q "Nothing was changed" err && printf "\n" | expect_exit 2 purser secret set paypal &&
	test "$(purser secret show paypal)" = th1rd'
check 'every kind is stored and shown' '
	for k in password pin recovery-code api-token security-answer card note; do printf "value-$k" | purser secret set mail $k -q &&
		test "$(purser secret show mail $k)" = "value-$k" || exit 1; done'
check 'a second factor by its otpauth address; shown as one' '
	echo "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&issuer=Mail" | purser secret set mail otp && purser otp mail | grep -qx "[0-9]\{6\}" &&
	purser secret show mail otp | grep -q "^otpauth://totp/.*secret=JBSWY3DPEHPK3PXP" && printf "no seed 18" | expect_exit 7 purser secret set mail otp 2>err && ! grep -q "seed 18" err'
check 'no such kind: 2 with the kinds; no such account: 8 with the nearest name' '
	expect_exit 2 purser secret show paypal passwort 2>err && grep -q recovery-code err && expect_exit 8 purser secret show paypla 2>err && grep -q "Near: paypal" err &&
	expect_exit 8 purser secret show paypal card 2>err && grep -q "paypal has no card" err'
check 'no value is taken from the command line: 2' 'expect_exit 2 purser secret set paypal password hunter2'
check 'recovery codes: show gives the next, --used burns it, the last one says so' '
	printf "r1\nr2\nr3\n" | purser secret set paypal recovery-code && test "$(purser secret show paypal recovery-code)" = r1 &&
	test "$(purser secret show paypal recovery-code --used)" = r1 && test "$(purser secret show paypal recovery-code)" = r2 &&
	purser secret show paypal recovery-code --used >out && purser secret show paypal recovery-code --used >out 2>err && test "$(cat out)" = r3 && grep -q "last recovery code" err &&
	expect_exit 8 purser secret show paypal recovery-code'
check '--used is for recovery codes: 2' 'expect_exit 2 purser secret show paypal --used'
check '--generate: to the rules of the provider, never shown' '
	purser account edit paypal --provider paypal && purser secret set paypal --generate >out 2>err && v=$(purser secret show paypal) && test ! -s out &&
	test ${#v} -ge 8 && test ${#v} -le 20 && ! grep -qF "$v" err && grep -q "8 to 20" err'
check '--generate makes PINs, tokens and answers too; cards and notes are 2' '
	purser secret set mail pin --generate && purser secret show mail pin | grep -qx "[0-9]\{6\}" && purser secret set mail api-token --generate &&
	purser secret set mail security-answer --generate && for k in card note recovery-code otp; do expect_exit 2 purser secret set mail $k --generate || exit 1; done'
check 'history: the versions, never the values; list: those in use' '
	purser secret history paypal password --json >out && test "$(field version <out | tr "\n" " ")" = "1 2 3 4 " && test "$(field state <out | tr "\n" " ")" = "old old old current " &&
	! grep -q th1rd out && test -z "$(field value <out)" && purser secret list --json >out && test "$(grep -c password out)" = 2 && ! grep -q value- out &&
	purser secret list >out && grep -q "^mail  *api-token" out'
check 'restore --version puts an old one back; both stay' '
	purser secret restore paypal --version 3 && test "$(purser secret show paypal)" = th1rd && purser secret history paypal password --json | field state | tr "\n" " " | grep -qx "old old current old " &&
	expect_exit 8 purser secret restore paypal --version 9 && expect_exit 2 purser secret restore paypal && expect_exit 2 purser secret restore paypal --version x'
check 'remove asks for --yes: 2 without; with it every version is gone' '
	expect_exit 2 purser secret remove mail card --no-input 2>err && grep -q -e --yes err && purser secret remove mail card --yes && expect_exit 8 purser secret show mail card &&
	test -z "$(purser secret history mail card --json)" && expect_exit 8 purser secret remove mail card --yes'
check 'removed: the fuse entry is zeros' '
	n=$(purser secret list --json | wc -l) && printf x | purser secret set mail card && purser secret remove mail card --yes && purser verify >out && grep -q Whole out && test "$(purser secret list --json | wc -l)" = "$n"'
check '--pending without a rotation: 8; with one the new value' '
	expect_exit 8 purser secret show mail --pending && purser rotate mail >out && test "$(purser secret show mail --pending)" != value-password && test "$(purser secret show mail)" = value-password &&
	purser rotate mail --abort'
check 'copy without any clipboard: 1, nothing was copied' '
	expect_exit 1 no_terminal purser secret copy paypal >out 2>err && test ! -s out && grep -q "Nothing was copied" err'
check 'every show, copy and code is in the log before it is seen' '
	before=$(purser log list --json | grep -c "\"event\":\"reveal\"") && purser secret show paypal >out && purser otp mail >out && after=$(purser log list --json | grep -c "\"event\":\"reveal\"") &&
	test $((after - before)) = 2 && purser log list | tail -2 | grep -q "paypal password v3, show"'
check 'no log, no secret' '
	chmod 500 "$PURSER_HOME/device" && chmod 400 "$PURSER_HOME/device/logstate" && if test "$(id -u)" = 0; then true; else ! purser secret show paypal >out && test ! -s out; fi; r=$?;
	chmod 700 "$PURSER_HOME/device"; chmod 600 "$PURSER_HOME/device/logstate"; exit $r'
check 'without an agent the password is asked for each; a wrong one gives nothing: 3' '
	purser lock && expect_exit 3 purser secret show paypal --password-file bad >out && test ! -s out && test "$(u secret show paypal)" = th1rd && expect_exit 5 purser secret show paypal --no-input'
check 'the account goes only with its secrets; nothing of it opens afterwards' '
	expect_exit 2 u account remove mail --yes && u account remove mail --confirm mail && expect_exit 8 u secret show mail && ! u secret list --json | grep -q "\"mail\"" && u verify >out && grep -q Whole out'
check 'no secret lies in a file of the store, nor in what the program wrote' '
	for m in value-password value-note fir5t sec0nd th1rd hunter; do ! grep -rqaF "$m" "$PURSER_HOME" || exit 1; done'
check 'a closed pipe is quiet; a full disk is said' '
	expect_exit 1 u secret show paypal >/dev/full 2>err && test -s err'
check 'a damaged fuse: secret show 6, thaw brings it back' '
	printf "\377" | dd of="$PURSER_HOME/device/fuse" bs=1 seek=100 conv=notrunc 2>/dev/null && expect_exit 6 u secret show paypal >out 2>err && test ! -s out && grep -q "thaw" err &&
	u account list >out && grep -q paypal out && purser status --json | field fuse_damaged | grep -qx true &&
	purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw >out && test "$(u secret show paypal)" = th1rd'
check 'the state of the log is lost: secrets 6, thaw goes on as recover, with a new kit' '
	rm "$PURSER_HOME/device/logstate" && expect_exit 6 u secret show paypal >out 2>err && test ! -s out && u account list >out && grep -q paypal out &&
	expect_exit 2 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw &&
	purser thaw --no-input --confirm store --kit-file kit2 --unverified-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw >out && test "$(u secret show paypal)" = th1rd &&
	u log verify >out && grep -q unbroken out'
check 'thaw of a store that is not frozen: 1, nothing was changed' '
	expect_exit 1 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit2 4<pw 2>err && grep -q "not frozen" err'
finish
