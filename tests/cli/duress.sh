#!/bin/sh
# The duress password, the guard that counts wrong passwords, and bait: each freezes without saying so.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "take this one" >duress; echo "new battery" >pw2; echo "wrong" >bad
init() { purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file "${1:-kit}" --unverified-kit; }
u() { purser "$@" --password-file "${PW:-pw}"; }
d() { purser "$@" --password-file duress; }
w() { purser "$@" --password-file bad; }
state() { purser status --json | field state; }
thaw() { purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw >thawed 2>&1; }
set_duress() { purser passwd --duress --password-fd 3 --new-password-fd 4 -q 3<pw 4<duress; }
verified() { perl -ne "next if /^#|^fingerprint/; print; exit" "${1:-kit}" >sheet; purser kit check --password-file "${PW:-pw}" --kit-fd 3 3<sheet; }

check 'a store' 'init && u account add paypal -q && printf old-secret | u secret set paypal -q'
check 'the duress password must be another one: 2, nothing changed' '
	cp "$PURSER_HOME/vault/keys" was && expect_exit 2 purser passwd --duress --password-fd 3 --new-password-fd 4 3<pw 4<pw && cmp was "$PURSER_HOME/vault/keys" && expect_exit 3 purser passwd --duress --password-fd 3 --new-password-fd 4 3<bad 4<duress'
check 'it is set with the real password, which stays' '
	purser passwd --duress --password-fd 3 --new-password-fd 4 3<pw 4<duress 2>err && grep -q "set it again" err && test "$(u secret show paypal)" = old-secret && test "$(state)" = open && u log verify && u verify'
check 'the files look the same with it and without: sizes, and nothing in the log' '
	cp -a "$PURSER_HOME" with && u log list --json >log.with && ! grep -qi duress log.with && purser passwd --no-duress --password-file pw -q && expect_exit 3 d history &&
	for f in vault/keys device/fuse device/device.key; do test "$(stat -c %s with/$f)" = "$(stat -c %s "$PURSER_HOME/$f")" || exit 1; done && set_duress'
check 'opening with it freezes without a word, and shows the ledger of a frozen store' '
	cp -a "$PURSER_HOME" before && PW=duress && u history >out 2>err && ! grep -qi -e freez -e duress out err && test "$(state)" = frozen && test ! -e "$PURSER_HOME/device/fuse" && u account list >out && grep -q paypal out'
check 'after it: no secret with either password, and the same words' '
	expect_exit 4 u secret show paypal 2>err1 && PW=duress && expect_exit 4 u secret show paypal 2>err2 && cmp err1 err2 && u log list --json >out && ! grep -qi duress out && test "$(grep -c "\"freeze\"" out)" = 1'
check 'again with it: frozen once, no second record' 'PW=duress && u history -q && u log list --json >out && test "$(grep -c "\"freeze\"" out)" = 1'
check 'a thaw does not take it; the real password does, and the duress password is gone' '
	expect_exit 3 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file duress --new-password-fd 4 3<kit 4<pw2 && thaw && grep -q "purser passwd --duress" thawed && test "$(u secret show paypal)" = old-secret && expect_exit 3 d history'
check 'a store that was frozen before: the incident and the notes of it look the same with either password' '
	set_duress; u incident close --yes -q >/dev/null; purser incident note "phone dead" -q >/dev/null && purser freeze >/dev/null && now=$(($(date +%s) + 3600))000 && rm -rf real && cp -a "$PURSER_HOME" real && export PURSER_TEST_NOW=$now &&
	PURSER_HOME=$TMP/real u incident show --timeline >out1 2>err1 && d incident show --timeline >out2 2>err2 && grep -q "phone dead" out1 && grep -q "is open now" err1 && cmp out1 out2 && sed "/one folder/d" err1 >e1 && sed "/one folder/d" err2 >e2 && cmp e1 e2 && unset PURSER_TEST_NOW && thaw'
check 'secret show with it: frozen, nothing on stdout' '
	set_duress && PW=duress && expect_exit 4 u secret show paypal >out && test ! -s out && test "$(state)" = frozen && thaw'
check 'what still reads of a damaged store, with it: the ledger, frozen as well' '
	set_duress && PW=duress && u export --rescue --format csv >out 2>err && ! grep -qi -e freez -e duress out err && test -s out && test "$(state)" = frozen && PW=pw && thaw'
check 'through the agent: unlocked, frozen, no secret, the history goes on' '
	set_duress && purser unlock --password-file duress -q 2>err && ! grep -qi duress err && test "$(state)" = frozen && expect_exit 4 purser secret show paypal --no-input >out && test ! -s out && purser account list --no-input >out && grep -q paypal out && purser lock -q && thaw'
check 'an agent that is unlocked gives nothing out after it' '
	set_duress && purser unlock --password-file pw -q && test "$(purser secret show paypal --no-input)" = old-secret && purser unlock --password-file duress -q && expect_exit 4 purser secret show paypal --no-input >out && test ! -s out && purser lock -q && thaw'
check 'passwd with it as the old one: the words of a frozen store' '
	set_duress && expect_exit 4 purser passwd --password-fd 3 --new-password-fd 4 3<duress 4<pw2 2>err1 && expect_exit 4 purser passwd --password-fd 3 --new-password-fd 4 3<pw 4<pw2 2>err2 && cmp err1 err2 && thaw'
check '2fa and kit new with it: frozen at once, in the words of a frozen store; no security key is looked for, no kit is made' '
	verified && for c in "2fa enable --key-file kf --create" "2fa fido add" "kit new --kit-file kn --unverified-kit"; do
		set_duress && expect_exit 4 d $c 2>err1 && expect_exit 4 u $c 2>err2 && cmp err1 err2 && test ! -e kf && test ! -e kn && thaw || exit 1; done'
check 'passwd makes every slot anew and says so' '
	set_duress && purser passwd --password-fd 3 --new-password-fd 4 3<pw 4<pw2 2>err && grep -q "purser passwd --duress" err && expect_exit 3 d history && test "$(state)" = open && purser passwd --password-fd 3 --new-password-fd 4 3<pw2 4<pw -q'
check 'at a terminal' '
	terminal "expect assword
		send correct horse\r
		expect duress password
		expect assword
		send take this one\r
		expect gain
		send take this one\r
		expect frozen store
		exit 0" purser passwd --duress && PW=duress && u history -q && test "$(state)" = frozen && thaw'
check 'files from before it was used, and the duress password, in the hand of a reader of its own: no secret' '
	rm -rf attack && cp -a before attack && ! purser --home attack secret show paypal --password-file duress >out && test ! -s out'

# ---- with codes ----
T=$(date +%s)000; export PURSER_TEST_NOW=$T
# code URIFILE: the code of now (RFC 6238), not computed by purser.
code() {
	perl -MDigest::SHA=hmac_sha1 -e 'open F, shift or die; my ($s) = <F> =~ /secret=([A-Z2-7]+)/ or die; my $b = "";
		$b .= sprintf "%05b", index("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", $_) for split //, $s; my $k = pack "B" . (length($b) & ~7), $b;
		my $h = hmac_sha1(pack("Q>", int(shift() / 30000)), $k); my $o = ord(substr $h, 19) & 15;
		printf "%06d\n", (unpack("N", substr $h, $o, 4) & 0x7fffffff) % 1000000' "$1" $PURSER_TEST_NOW
}
check 'with codes: the duress password takes the same code, alone it is wrong' '
	verified && rm -f seed codes && mkfifo codes && { { i=0; exec 5>codes; while [ "$(wc -l <seed 2>/dev/null || echo 0)" -lt 1 ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i + 1)); done; code seed >&5; } 2>/dev/null & } &&
	purser 2fa enable --password-file pw --uri-file seed --code-fd 4 4<codes >out 2>err2 && grep -q "purser passwd --duress" err2 && code seed >c && purser passwd --duress --password-fd 3 --new-password-fd 5 --code-fd 4 3<pw 5<duress 4<c 2>err &&
	cp -a "$PURSER_HOME" armed && echo 000000 >c0 && expect_exit 3 d history --code-fd 4 4<c0 && test "$(state)" = open && test "$(u secret show paypal --code-fd 4 4<c)" = old-secret &&
	d history -q --code-fd 4 4<c && test "$(state)" = frozen && expect_exit 4 u secret show paypal --code-fd 4 4<c'
unset PURSER_TEST_NOW
check 'back without codes' 'purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<kit 4<pw >out 2>err && grep -q -e "--duress" err && test "$(u secret show paypal)" = old-secret'

# ---- wrong passwords ----
PURSER_HOME=$TMP/second
rm kit
check 'another store, its kit not verified' 'init && u account add paypal -q && printf old-secret | u secret set paypal -q'
check '--freeze-after: 10 or more, off by default, the password is asked' '
	expect_exit 2 u passwd --freeze-after 9 && expect_exit 2 u passwd --freeze-after x && expect_exit 3 w passwd --freeze-after 10 && test ! -e "$PURSER_HOME/device/policy" && for i in 1 2 3 4 5 6 7 8 9 10 11 12; do expect_exit 3 w history || exit 1; done && test "$(state)" = open'
check 'while the kit is not verified it only warns' '
	u passwd --freeze-after 10 2>err && grep -q "only warns" err && for i in 1 2 3 4 5 6 7 8 9 10; do expect_exit 3 w history 2>err || exit 1; done && grep -q "not frozen" err && test "$(state)" = open && u log list --json >out && grep -q freeze-after out'
check 'a right password begins the count again' '
	verified && u history -q && for i in 1 2 3 4 5 6 7 8 9; do expect_exit 3 w history || exit 1; done && u history -q && expect_exit 3 w history && test "$(state)" = open && u history -q'
check 'the Nth wrong one freezes, at a command and at the agent; the answer is still 3' '
	for i in 1 2 3 4 5 6 7 8 9; do expect_exit 3 w history || exit 1; done && test "$(state)" = open && expect_exit 3 w history 2>err && grep -q FROZEN err && test "$(state)" = frozen && thaw'
check 'ten at once count as ten' '
	u history -q && for i in 1 2 3 4 5 6 7 8 9 10; do purser history --password-file bad 2>/dev/null & done; wait; test "$(state)" = frozen && thaw'
check 'a damaged policy file stops nothing' 'printf x >"$PURSER_HOME/device/policy" && u history -q && expect_exit 3 w history && test "$(state)" = open'
check 'off again' 'u passwd --freeze-after off --json >out && test "$(field freeze_after <out)" = null && test ! -e "$PURSER_HOME/device/policy"'

# ---- bait ----
check 'bait on what has a value already: refused' 'printf x | expect_exit 2 u secret set paypal --canary && test "$(u secret show paypal)" = old-secret'
check 'bait looks like any other value: lists, locked files, log' '
	u account add old-bank -q && printf bait | u secret set old-bank --canary -q && u secret list --json >out && test "$(grep old-bank out | sed "s/old-bank/paypal/; s/\"created\":\"[^\"]*\"//")" = "$(grep paypal out | sed "s/\"created\":\"[^\"]*\"//")" && u log list >log && ! grep -qi -e canary -e bait log && test "$(state)" = open'
check 'only list --canary tells, and asks for the password although unlocked' '
	purser unlock --password-file pw -q && expect_exit 5 no_terminal purser secret list --canary --no-input && purser secret list --canary --password-file pw --json >out && test "$(field account <out)" = old-bank && test "$(purser secret show paypal --no-input)" = old-secret && purser lock -q'
check 'asking for it freezes: 4, nothing on stdout, the words of a frozen store, and a record' '
	expect_exit 4 u secret show old-bank >out 2>err && test ! -s out && ! grep -qi -e canary -e bait err && grep -q "frozen" err && test "$(state)" = frozen && expect_exit 4 u secret show paypal && u log list --json >out && grep -q canary out && thaw'
check 'the same through the agent; the agent keeps nothing' '
	purser unlock --password-file pw -q && test "$(purser secret show paypal --no-input)" = old-secret && expect_exit 4 purser secret show old-bank --no-input >out 2>err && test ! -s out && ! grep -qi -e canary -e bait err && test "$(state)" = frozen && expect_exit 4 purser secret show paypal --no-input >out && test ! -s out && purser lock -q && thaw'
check 'removed, it is none any more' 'u secret remove old-bank --yes -q && printf real | u secret set old-bank -q && test "$(u secret show old-bank)" = real && test "$(state)" = open && u log verify'
finish
