#!/bin/sh
# backup, restore, recover on another computer, verify of a backup; damage, power loss and a store in use.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2; echo wrong >bad
u() { purser "$@" --password-file "${PW:-pw}"; }
state() { purser status --json | field state; }
share() { grep -v -e "^#" -e "^fingerprint" "$1" | sed -n "$2p"; }
some() { k=$1; shift; grep "^fingerprint" "$k"; for i in "$@"; do share "$k" "$i"; done; }
recover() { purser recover --no-input --confirm store --kit-fd 3 --new-password-fd 4 --unverified-kit "$@" 4<pw2; }
flip() { perl -e 'open F, "+<", $ARGV[0] or die; seek F, $ARGV[1], 0; read F, $c, 1; seek F, $ARGV[1], 0; print F chr(ord($c) ^ 1)' "$1" "$2"; }

check 'backup without a store: 8' 'expect_exit 8 purser backup b && test ! -e b'
check 'a store with accounts, statements, a secret, and a kit of 3 of 5' '
	purser init --no-input -q --kdf-memory 8 --password-file pw --kit-shares 3/5 --kit-file kit --unverified-kit >out 2>&1 && some kit 2 3 5 >k3 &&
	cp "$TESTS"/made-up/paypal-activity-en.csv "$TESTS"/made-up/apple-card.csv . && u import -q --create paypal-activity-en.csv && printf hunter2 | u secret set paypal -q && u history --json >history.before'
check 'backup asks for nothing, is 0600, and says which kit opens it' '
	no_terminal purser backup b1 >out && test "$(stat -c %a b1)" = 600 && grep -q "ONLY with kit $(sed -n "s/^fingerprint //p" kit)" out && test "$(ls -A | grep -c purser-part)" = 0'
check 'a file that is there is never overwritten: 2' '
	cp b1 b1.same && expect_exit 2 purser backup b1 2>err && cmp b1 b1.same && echo mine >mine && expect_exit 2 purser backup mine && test "$(cat mine)" = mine && ln -s nowhere link && expect_exit 2 purser backup link && test ! -e nowhere'
check 'last_backup in status, locked' 'test "$(purser status --json | field last_backup)" != null && purser status | grep -q "Last backup"'
check 'backup --json; verify of the file without a key says what was not checked' '
	purser backup b2 --json >out && test "$(field needed <out)$(field sheets <out)" = 35 && purser verify b2 >out && grep -q "Not checked" out && purser verify b2 --json >out && test "$(field bad <out)" = 0 && test "$(field secrets <out)" = null'
check 'verify of the file with the password, with the session, with the kit: all; with a wrong one: 3' '
	u verify b2 >out && grep -q "every page, 1 secret" out && purser verify b2 --kit-fd 3 3<k3 >out && grep -q "every page, 1 secret" out && PW=bad expect_exit 3 u verify b2 &&
	purser unlock --password-file pw && purser verify b2 >out && grep -q "every page" out && purser lock && test -z "$(find "$PURSER_HOME" -name "*verify*")" &&
	mkdir "$PURSER_HOME/device/.purser-verify-killed" && touch "$PURSER_HOME/device/.purser-verify-killed/store.db" && purser verify b2 --kit-fd 3 3<k3 >out && test -z "$(find "$PURSER_HOME" -name "*verify*")"'
check 'a backup of before passwd and kit new still verifies with the store of now' '
	u passwd --new-password-fd 4 4<pw2 >out 2>err && PW=pw2 u verify b2 >out && grep -q "every page" out && cp -a "$PURSER_HOME" other && PW=pw2 purser --home other kit new --no-input --password-file pw2 --kit-file kx --unverified-kit >out 2>err &&
	purser --home other verify b2 --password-file pw2 >out && grep -q "every page" out && PW=pw2 u passwd --new-password-fd 4 4<pw >out 2>err'

check 'useless without kit or device: the files of a backup and the password open nothing' '
	PURSER_HOME=$TMP/thief && purser restore b1 --no-recover >out 2>&1 && test "$(state)" = restored && expect_exit 4 purser status --exit-code && for c in "account list" "history" "secret show paypal" "log list" "export --format csv"; do
	expect_exit 4 u $c >out && test ! -s out || exit 1; done'
check 'nothing of the secrets and the ledger is readable in it' '
	! grep -a -q -e hunter2 -e "correct horse" -e paypal -e "QX Trade" b1 && test "$(tr -d "\000" <b1 | gzip -9 | wc -c)" -gt "$(($(wc -c <b1) * 8 / 10))"'
check 'another device directory does not help: its password opens nothing' '
	PURSER_HOME=$TMP/another && purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kitO --unverified-kit >out 2>&1 && mkdir -p thief2 && cp -a thief/vault "$PURSER_HOME/device" thief2/ && PURSER_HOME=$TMP/thief2 && ! u account list >out && test ! -s out && ! u secret show paypal >out && test ! -s out'
check 'the laptop is lost: restore and 3 of 5 sheets on a fresh home give everything back, and the exposure list' '
	PURSER_HOME=$TMP/fresh && purser restore b1 --no-input --kit-fd 3 --new-password-fd 4 --kit-file kitN --unverified-kit 3<k3 4<pw2 >out 2>err && grep -q RECOVERED out && grep -q paypal out && grep -q "unbroken" err &&
	test "$(PW=pw2 u secret show paypal)" = hunter2 && PW=pw2 u history --json >h2 && cmp h2 history.before && PW=pw2 u verify >out && PW=pw2 u log verify && test "$(grep -vc -e "^#" -e "^fingerprint" kitN)" = 5 && test "$(state)" = open && test ! -e "$PURSER_HOME/vault/restored"'
check 'the recovered store freezes and thaws with its new kit; the old kit is none of it' '
	PURSER_HOME=$TMP/fresh && purser freeze >out && expect_exit 3 purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw2 --new-password-fd 4 3<k3 4<pw && purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw2 --new-password-fd 4 3<kitN 4<pw >out 2>err && test "$(u secret show paypal)" = hunter2'
check 'restore --no-recover, then recover; two sheets are not enough: 3, nothing changed; --keep-kit: 2' '
	PURSER_HOME=$TMP/slow && purser restore b1 --no-recover >out 2>err && grep -q "3 of 5 sheets" err && some kit 1 4 >k2 && expect_exit 3 recover --kit-file kq 3<k2 && test ! -e kq && test "$(state)" = restored &&
	expect_exit 2 purser recover --no-input --confirm store --keep-kit --kit-fd 3 --new-password-fd 4 3<k3 4<pw2 && recover --kit-file kq --kit-shares 2/2 3<k3 >out 2>err && test "$(PW=pw2 u secret show paypal)" = hunter2 && test "$(purser kit status --json | field sheets)" = 2'
check 'restore without an answer to what recover asks: 2, and nothing is written' '
	PURSER_HOME=$TMP/asks && expect_exit 2 no_terminal purser restore b1 --no-input 2>err && grep -q -e --no-recover err && expect_exit 2 purser restore b1 --no-input --kit-fd 3 3<k3 && expect_exit 2 purser restore b1 --no-input --kit-fd 3 --kit-file kz --unverified-kit 3<k3 && test ! -e "$TMP/asks"'
check 'restore over a store: 2 without --confirm store, --yes is not enough, nothing changed' '
	PURSER_HOME=$TMP/over && cp -a "$TMP/home" "$PURSER_HOME" && sum=$(cat over/vault/* over/device/* | sha256sum) && expect_exit 2 purser restore b1 --no-recover --no-input --yes && test "$(cat over/vault/* over/device/* | sha256sum)" = "$sum" && u account list >out'
check 'restore over a store with --confirm store: restored, until recover; the device of before opens nothing of it' '
	PURSER_HOME=$TMP/over && purser restore b1 --no-recover --no-input --confirm store >out 2>err && test "$(state)" = restored && expect_exit 4 u account list && expect_exit 4 u secret show paypal && recover --kit-file ko 3<k3 >out 2>err && test "$(PW=pw2 u secret show paypal)" = hunter2 && test "$(state)" = open && ! u account list'
check 'restore over a store that has earlier logs and notes waiting: none of them is left beside a backup without them' '
	PURSER_HOME=$TMP/more && cp -a "$TMP/fresh" "$PURSER_HOME" && purser history add paypal 3 EUR --no-input >out && ls more/vault >was && grep -qx log.1 was && grep -qx inbox was && purser restore b1 --no-recover --no-input --confirm store >out 2>err && echo keys log restored store.db | tr " " "\n" >want && ls more/vault | cmp - want &&
	cp -a "$TMP/fresh" late && purser --home late history add paypal 3 EUR --no-input >out && purser --home late backup bi >out && purser restore bi --no-recover --no-input --confirm store >out 2>err && test -s more/vault/log.1 && test -s more/vault/inbox'
check 'restore over a damaged store works' '
	PURSER_HOME=$TMP/broken && cp -a "$TMP/home" "$PURSER_HOME" && rm broken/vault/keys && expect_exit 6 purser status && expect_exit 2 purser restore b1 --no-recover --no-input && purser restore b1 --no-input --confirm store --kit-fd 3 --new-password-fd 4 --kit-file kb --unverified-kit 3<k3 4<pw2 >out 2>err && test "$(PW=pw2 u secret show paypal)" = hunter2'
check 'a backup made frozen, and of a restored store' '
	PURSER_HOME=$TMP/cold && cp -a "$TMP/home" "$PURSER_HOME" && purser freeze >out && purser backup bf >out && PURSER_HOME=$TMP/cold2 && purser restore bf --no-recover >out 2>&1 && purser backup br >out && purser verify br >out && recover --kit-file kf 3<k3 >out 2>err && test "$(PW=pw2 u secret show paypal)" = hunter2'
check 'a backup made while the session is unlocked and the WAL is full holds what was written last' '
	purser unlock --password-file pw && purser account add late -q && test -s "$PURSER_HOME/vault/store.db-wal" && purser backup bw >out && purser lock && PURSER_HOME=$TMP/wal && purser restore bw --no-input --kit-fd 3 --new-password-fd 4 --kit-file kw --unverified-kit 3<k3 4<pw2 >out 2>err && PW=pw2 u account list | grep -q late && PW=pw2 u verify'
check 'a store without a kit: backup says that nothing opens it elsewhere; elsewhere restore refuses, here the password does' '
	PURSER_HOME=$TMP/nokit && purser init --no-input -q --kdf-memory 8 --password-file pw >out 2>&1 && u account add a -q && purser backup bn >out && grep -q NOTHING out && PURSER_HOME=$TMP/elsewhere && expect_exit 1 purser restore bn --no-recover 2>err && grep -q "nothing opens it" err && test "$(state)" = none &&
	PURSER_HOME=$TMP/nokit && purser restore bn --no-recover --no-input --confirm store >out 2>err && u account list | grep -q a'
check 'at a terminal: date, fingerprint, "Continue with the sheets now?", three sheets, a new password' '
	for i in 2 3 5; do share kit $i >w$i; done; fp=$(sed -n "s/^fingerprint //p" kit) && PURSER_HOME=$TMP/tty && terminal "expect It opens with the kit that says $fp
		expect 3 of 5 sheets
		expect Continue with the sheets now?
		send \r
		expect 1-5
		words w3
		send \x20
		expect Sheet 3 is good: 1 of 3 typed.
		words w2
		send \x20
		expect 2 of 3 typed.
		words w5
		send \x20
		expect 3 of 3 typed.
		expect Fingerprint on the paper:
		send $fp\r
		expect New password
		send abc\r
		expect Again:
		send abc\r
		expect RECOVERED
		exit 0" purser restore b1 --sheet kt.html --unverified-kit && echo abc >pwt && test "$(purser secret show paypal --password-file pwt)" = hunter2'

check 'policy kit+password: the backup says so, restore wants both, one alone is 3 or 2' '
	PURSER_HOME=$TMP/both && purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kitB --unverified-kit --recovery kit+password >out 2>&1 && u account add a -q && purser backup b+ >out && grep -q "and your password together" out && purser verify b+ >out &&
	PURSER_HOME=$TMP/both2 && expect_exit 2 purser restore b+ --no-input --kit-fd 3 --new-password-fd 4 --kit-file kB --unverified-kit 3<kitB 4<pw2 && test ! -e "$TMP/both2" && expect_exit 3 purser restore b+ --no-input --password-file bad --kit-fd 3 --new-password-fd 4 --kit-file kB --unverified-kit 3<kitB 4<pw2 2>err && test ! -e kB &&
	test "$(state)" = restored && purser recover --no-input --confirm store --password-file pw --kit-fd 3 --new-password-fd 4 --kit-file kB --unverified-kit 3<kitB 4<pw2 >out 2>err && PW=pw2 u account list | grep -q a'

# A key file is the factor here that needs no clock; a phone is lost in twofa.sh.
check 'computer, key file and password are gone: a backup and 3 of 5 sheets give everything back' '
	PURSER_HOME=$TMP/two && purser init --no-input -q --kdf-memory 8 --password-file pw --kit-shares 3/5 --kit-file kit5 --unverified-kit >out 2>&1 && u account add paypal -q && printf hunter2 | u secret set paypal -q && some kit5 1 >k1 && u kit check -q --kit-fd 3 3<k1 &&
	u 2fa enable --key-file "$TMP/two.key" --create >out 2>err && test "$(purser status --json | field twofactor)" != none && purser backup b2fa >out && expect_exit 3 u account list && some kit5 5 1 2 >k &&
	PURSER_HOME=$TMP/two.fresh && purser restore b2fa --no-input --kit-fd 3 --new-password-fd 4 --kit-file k2fa --unverified-kit 3<k 4<pw2 >out 2>err && test "$(PW=pw2 u secret show paypal)" = hunter2 && test "$(purser status --json | field twofactor)" = none && grep -q "second factor is off" out err'

# ---- damage of the file ----
check 'no backup at all: 7; cut, longer, or one byte changed anywhere: 6; nothing is written' '
	PURSER_HOME=$TMP/dam && expect_exit 7 purser restore kit --no-recover && : >empty && expect_exit 7 purser restore empty --no-recover && expect_exit 8 purser restore nowhere --no-recover && n=$(wc -c <b1) &&
	for at in 9 13 20 40 50 60 64 90 100 130 200 300 400 3000 $((n / 2)) $((n - 33)) $((n - 1)); do cp b1 bx && flip bx $at && expect_exit 6 purser restore bx --no-recover 2>err || { expect_exit 7 purser restore bx --no-recover 2>err && grep -q newer err; } || exit 1; expect_exit 6 purser verify bx 2>err || grep -q newer err || exit 1; done;
	for n in 8 40 64 500 100000 $((n - 1)); do head -c $n b1 >bx && expect_exit 6 purser restore bx --no-recover || exit 1; done; { cat b1; echo x; } >bx && expect_exit 6 purser restore bx --no-recover && test ! -e "$TMP/dam/vault" && test "$(state)" = none'
check 'a right file with pages of another time is found by verify with a key: 10' '
	cp -a "$TMP/home" mix && cp mix/vault/store.db old.db && PURSER_HOME=$TMP/mix && u account add more -q && u account add evenmore -q && cp old.db mix/vault/store.db && rm -f mix/vault/store.db-* && purser backup bm >out && purser verify bm >out && expect_exit 10 purser verify bm --kit-fd 3 3<k3 >out'

# ---- a damaged store ----
hurt() { n=$(($(stat -c %s "$TMP/home/vault/store.db") / 4096)); for p in $(seq $((n - 1)) -1 30); do rm -rf "$TMP/hurt"; cp -a "$TMP/home" "$TMP/hurt"; flip "$TMP/hurt/vault/store.db" $((p * 4096 + 100)) || return 1;
	u verify >out; grep -q "transactions:.*LOST" out && return 0; done; return 1; }
check 'verify of a damaged store: a wrong password is 3, damage is 10 with what is lost and what still reads' '
	PURSER_HOME=$TMP/hurt && hurt && PW=bad expect_exit 3 u verify && expect_exit 10 u verify >out && grep -q "1 of [0-9]* pages do not authenticate" out && grep -q "accounts: all" out && grep -q "export --rescue" out &&
	expect_exit 10 u verify --json >out && grep readable out | field what | grep -qx transactions && test "$(grep "\"transactions\"" out | field lost)" -gt 0 && purser unlock --password-file pw && expect_exit 10 purser verify >out && grep -q LOST out; r=$?; purser lock; test $r = 0'
check 'export --rescue gives the rows that still read, and only those; 10 when some do not' '
	PURSER_HOME=$TMP/hurt && expect_exit 10 u export --rescue --format json >out 2>err && u verify --json >v; test "$(wc -l <out)" -le "$(grep "\"transactions\"" v | field rows)" && test "$(wc -l <out)" -gt 0 && ! u export --format json >full &&
	PURSER_HOME=$TMP/home && u export --rescue --format json | sort >a && u export --format json | sort >b && cmp a b'
check 'verify of a store whose set of pages is altered: the unlock refuses it (6), verify looks on (10)' '
	cp -a "$TMP/home" torn && PURSER_HOME=$TMP/torn && flip torn/vault/store.db $((8192 + 4096 * 20 + 4090)) && expect_exit 6 u account list && expect_exit 10 u verify >out && grep -q "do not authenticate: 21" out'
check 'verify where it cannot go on: 6' '
	cp -a "$TMP/home" dead && PURSER_HOME=$TMP/dead && flip dead/vault/store.db 8300 && expect_exit 6 u verify && dd if=/dev/zero of=dead/vault/store.db bs=4096 count=2 conv=notrunc 2>/dev/null && expect_exit 6 u verify 2>err'

# ---- in use ----
check 'backups while imports, reads and checkpoints run: each is whole, verifies, and restores to a state that was' '
	cp -a "$TMP/home" busy && PURSER_HOME=$TMP/busy && purser unlock --password-file pw && (i=0; while [ ! -e stop ]; do i=$((i + 1)); sed "s/Gift voucher/Gift $i/; s/[0-9A-Z]\{17\}/&$i/g" paypal-activity-en.csv >p$i.csv; purser import -q p$i.csv --account paypal >/dev/null 2>&1; purser account add n$i -q >/dev/null 2>&1; purser history -n 5 >/dev/null; done) & w=$!
	sleep 0.3; for i in 1 2 3 4 5 6 7 8; do purser backup bb$i --wait 20 >/dev/null || { touch stop; exit 1; }; done; touch stop; wait $w; purser lock; for i in 1 2 3 4 5 6 7 8; do purser verify bb$i --kit-fd 3 3<k3 >out || exit 1; grep -q "every page" out || exit 1; done;
	PURSER_HOME=$TMP/busy2 && purser restore bb8 --no-input --kit-fd 3 --new-password-fd 4 --kit-file kbusy --unverified-kit 3<k3 4<pw2 >out 2>err && PW=pw2 u verify && PW=pw2 u account list >out && test "$(PW=pw2 u history --json | wc -l)" -ge "$(wc -l <history.before)"'
check 'a writer that holds the store: 9 after --wait, and no file' '
	flock "$PURSER_HOME/device/lock" sh -c "expect=0; purser backup bl --wait 0 || expect=\$?; test \$expect = 9 && test ! -e bl" && purser backup bl >out'
finish
