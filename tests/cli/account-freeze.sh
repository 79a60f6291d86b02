#!/bin/sh
# freeze NAME and thaw NAME: one account's secrets go, all others stay; through the agent and without; attacks with copies.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2; echo "wrong" >bad
init() { purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file "${1:-kit}" --unverified-kit; }
u() { purser "$@" --password-file "${PW:-pw}"; }
# entries FUSE: how many are used.
entries() { perl -e 'open F, shift; binmode F; local $/; $_ = <F>; $n = 0; for ($i = 512; $i + 128 <= length; $i += 128) { $n++ if substr($_, $i, 128) =~ /[^\0]/ } print $n' "$1"; }
thaw() { purser thaw --no-input "$@" --kit-fd 3 --password-file "${PW:-pw}" 3<kit; }

check 'a store with three accounts' '
	init && for a in paypal mail bank; do u account add $a -q && printf "$a-old" | u secret set $a -q || exit 1; done &&
	echo JBSWY3DPEHPK3PXP | u otp add paypal >out && printf 4711 | u secret set paypal pin -q && cp -a "$PURSER_HOME" t0'
check 'one unknown name: 8, nothing is frozen, and it is said first' '
	expect_exit 8 u freeze paypal papyal >out 2>err && head -1 out | grep -q "NOTHING was frozen" && grep -q "purser freeze" err && test "$(u secret show paypal)" = paypal-old'
check 'without a way to ask: 5, and what needs no password is named' '
	expect_exit 5 no_terminal purser freeze paypal 2>err && grep -q "purser freeze, without a name" err && test -e "$PURSER_HOME/device/fuse"'
check 'a wrong password: 3, nothing is frozen' 'expect_exit 3 purser freeze paypal --password-file bad && test "$(u secret show paypal)" = paypal-old'
check 'the prompt says that plain freeze needs no password' '
	terminal "expect needs none
		expect assword
		send correct horse\r
		expect FROZEN
		exit 0" purser freeze bank && test "$(u account show bank --json | field state)" = frozen'
check 'freeze of one account: its object' '
	u freeze paypal --reason "odd mail" --json >out && test "$(field scope <out)" = paypal && test "$(field frozen <out)" = true && test "$(field fuse <out)" = destroyed && test "$(field log <out)" = written'
check 'its secrets and codes: 4, since when, and what to do; nothing on stdout' '
	for c in "secret show paypal" "secret show paypal pin" "otp paypal" "secret show bank" "otp export paypal"; do expect_exit 4 u $c >out 2>err && test ! -s out && grep -q "frozen since" err && grep -q "purser thaw" err || exit 1; done'
check 'all others are served' 'test "$(u secret show mail)" = mail-old'
check 'account list, show and status say so' '
	u account list --json >out && test "$(field state <out | sort | uniq -c | tr -s " " | tr "\n" ,)" = " 1 active, 2 frozen," && test "$(u account show paypal --json | field frozen_since)" != null &&
	test "$(purser status --json | field state)" = open'
check 'frozen already: 0, keeps its time' '
	was=$(u account show paypal --json | field frozen_since) && u freeze paypal --json >out && test "$(field already <out)" = true && test "$(u account show paypal --json | field frozen_since)" = "$was"'
check 'the log has it, and is whole' 'u log list >out && grep -q "paypal" out && u log verify && u verify'
check 'an edit does not unfreeze it' 'u account edit paypal --login me@example.net -q && test "$(u account show paypal --json | field state)" = frozen && expect_exit 4 u secret show paypal'
check 'what is stored for it now is sealed to the kit' '
	cp -a "$PURSER_HOME/vault" later && printf "paypal-night" | u secret set paypal 2>err && grep -q "Sealed to the kit" err && expect_exit 4 u secret show paypal && printf "mail-new" | u secret set mail -q && test "$(u secret show mail)" = mail-new'
check 'no entry of it is left in the fuse: old ones put back open nothing and are erased' '
	rm -rf attack && cp -a "$PURSER_HOME" attack && cp t0/device/fuse attack/device/ && expect_exit 4 purser --home attack secret show paypal --password-file pw >out && test ! -s out &&
	test "$(purser --home attack account show paypal --json --password-file pw | field state)" = frozen && expect_exit 4 purser --home attack secret show paypal pin --password-file pw &&
	test "$(entries attack/device/fuse)" = 1'
check 'keys and store of before, without the fuse of before: nothing either' '
	rm -rf attack && cp -a "$PURSER_HOME" attack && cp t0/vault/* attack/vault/ && ! purser --home attack secret show paypal --password-file pw >out && test ! -s out'
check 'a full copy of before has the old secret, and with the later vault nothing that came since' '
	rm -rf attack && cp -a t0 attack && test "$(purser --home attack secret show paypal --password-file pw)" = paypal-old && rm -rf attack && cp -a t0 attack && cp "$PURSER_HOME"/vault/* attack/vault/ &&
	! purser --home attack secret show paypal --password-file pw >out && test ! -s out'
check 'through the agent: refused with 4, others served; a generated value can be copied for a while' '
	purser unlock --password-file pw -q && expect_exit 4 purser secret show paypal --no-input >out 2>err && test ! -s out && grep -q "frozen since" err && test "$(purser secret show mail --no-input)" = mail-new &&
	purser rotate paypal --no-input >out 2>err && grep -q "15 minutes" err'
check 'freeze through the agent, without a password' '
	purser freeze mail --json --no-input >out && test "$(field agent <out)" = running && expect_exit 4 purser secret show mail --no-input && expect_exit 4 purser otp paypal --no-input && purser lock -q'
check 'kit new while an account is frozen: refused, nothing changed' 'expect_exit 4 purser kit new --no-input --kit-file k --unverified-kit --password-file pw && test ! -e k'
check 'passwd leaves it frozen' '
	purser passwd --password-fd 3 --new-password-fd 4 3<pw 4<pw2 -q && PW=pw2 && expect_exit 4 u secret show paypal && test "$(u account show paypal --json | field state)" = frozen && purser passwd --password-fd 3 --new-password-fd 4 3<pw2 4<pw -q'
check 'thaw NAME: wants --confirm NAME; another word, or --yes: 2' '
	expect_exit 2 thaw paypal --confirm store && expect_exit 2 thaw paypal --yes && expect_exit 4 u secret show paypal'
check 'thaw NAME with a wrong fingerprint or the kit of another store: 3' '
	sed "s/^fingerprint .*/fingerprint 0000-0000-0000-0000/" kit >kitF && expect_exit 3 purser thaw paypal --no-input --confirm paypal --kit-fd 3 --password-file pw 3<kitF &&
	PURSER_HOME=$TMP/other && init kitO && PURSER_HOME=$TMP/home && expect_exit 3 purser thaw paypal --no-input --confirm paypal --kit-fd 3 --password-file pw 3<kitO && expect_exit 4 u secret show paypal'
check 'thaw of one that is unknown: 8; of one that is not frozen: 1' 'expect_exit 8 thaw papyal --confirm papyal && u account add cash -q && expect_exit 1 thaw cash --confirm cash'
check 'thaw NAME: back, with what was stored meanwhile, and the list of what was exposed; the other stays frozen' '
	thaw paypal --confirm paypal --json >out 2>err && test "$(grep thaw out | field scope)" = paypal && grep exposure out | field kind | grep -qx pin && ! grep exposure out | grep -q mail && grep -q "kit new" err &&
	test "$(u secret show paypal)" = paypal-night && test "$(u secret show paypal pin)" = 4711 && u otp paypal >out && grep -qx "[0-9]\{6\}" out && expect_exit 4 u secret show mail && u log verify && u verify'
check 'what is stored now is open again, and no copy of before with the later vault reads it' '
	printf "paypal-day" | u secret set paypal -q && test "$(u secret show paypal)" = paypal-day && rm -rf attack && cp -a t0 attack && cp "$PURSER_HOME"/vault/* attack/vault/ && ! purser --home attack secret show paypal --password-file pw >out && test ! -s out'
check 'thaw NAME through the agent asks for the kit only' '
	purser unlock --password-file pw -q && purser thaw mail --no-input --confirm mail --kit-fd 3 3<kit >out && test "$(purser secret show mail --no-input)" = mail-new && purser lock -q'
check 'the whole store frozen, thaw NAME gives this account back only' '
	purser freeze >out && thaw mail --confirm mail --keep-kit --new-password-fd 4 4<pw2 >out && test "$(entries "$PURSER_HOME/device/fuse")" = 2 && PW=pw2 && test "$(u secret show mail)" = mail-new && expect_exit 4 u secret show paypal && expect_exit 4 u secret show bank &&
	test "$(u account show paypal --json | field state)" = frozen && test "$(u account show mail --json | field state)" = active && test "$(u account show cash --json | field state)" = frozen'
check 'an unknown name at that thaw: 8, still frozen' '
	purser freeze >out && PW=pw2 && expect_exit 8 thaw papyal --confirm papyal --keep-kit --new-password-fd 4 4<pw && test "$(purser status --json | field state)" = frozen'
check 'a full thaw gives everything back' '
	PW=pw2 && thaw --confirm store --keep-kit --new-password-fd 4 4<pw >out && PW=pw && test "$(u secret show paypal)" = paypal-day && test "$(u secret show bank)" = bank-old && test "$(u account list --json | field state | sort -u)" = active && u log verify'
check 'what a begun freeze of accounts had named is damaged: 6 from whatever unlocks or writes, with the path and both ways on' '
	PURSER_HOME=$TMP/marked && cp -a "$TMP/home" marked && for f in junk empty dir big; do rm -rf marked/device/freeze.accounts; case $f in junk) echo x >marked/device/freeze.accounts;; empty) : >marked/device/freeze.accounts;; dir) mkdir marked/device/freeze.accounts;; *) head -c 40000000 /dev/zero >marked/device/freeze.accounts;; esac && cp -a marked/device/fuse fuse.was &&
	for c in "unlock" "account list" "secret show paypal" "freeze paypal" "account add one"; do expect_exit 6 u $c >out 2>err && test ! -s out && grep -q "marked/device/freeze.accounts is damaged" err && grep -q "purser freeze, then purser thaw .*remove that file" err && cmp marked/device/fuse fuse.was || exit 1; done; done'
check 'both ways on work: removed, the account is frozen; or freeze without a name, and thaw' '
	PURSER_HOME=$TMP/marked && cp -a marked marked2 && rm marked2/device/freeze.accounts && purser --home marked2 freeze paypal --password-file pw >out && expect_exit 4 purser --home marked2 secret show paypal --password-file pw &&
	echo x >marked/device/freeze.accounts && purser freeze >out && thaw --confirm store --keep-kit --new-password-fd 4 4<pw >out && test ! -e marked/device/freeze.accounts && test "$(u secret show paypal)" = paypal-day'
check 'freeze all is the whole store' 'purser freeze all --json >out && test "$(field scope <out)" = store && test "$(purser status --json | field state)" = frozen'
check 'freeze NAME in a frozen store: noted, no harm' 'u freeze mail --json >out && test "$(field fuse <out)" = none && test "$(u account show mail --json | field state)" = frozen'
finish
