#!/bin/sh
# Chinese: --lang zh under LC_ALL=C, the locale, and what never changes: commands, words to confirm, machine output.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
z() { purser --lang zh "$@" --password-file pw; }
han() { LC_ALL=C grep -q "$(printf '[\344-\351][\200-\277][\200-\277]')" "$@"; }
# A line that is a sentence in English; the titles of sources, which have a date, are not ours.
english() { LC_ALL=C grep -E '[a-z]{3,} [a-z]{2,} [a-z]{2,}' "$@" | grep -v -e 'purser ' -e http -e github -e '20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]' -e '^ *[0-9]'; }

check 'without a store' 'purser --lang zh >out && han out && ! english out && purser --lang zh status >out && han out && expect_exit 8 purser --lang zh freeze >out 2>err && han out && han err && ! english out err'
check 'init, status, account, secret, otp' '
	z init --no-input --kdf-memory 8 --kit-file kit --unverified-kit >out 2>err && han out && han err && ! english out err && purser --lang zh status >out && han out && ! english out &&
	z account add paypal --provider paypal >out 2>err && han out err && ! english out err && printf v1 | z secret set paypal >out 2>err && han err && ! english err && echo GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ | z otp add paypal >out 2>err && han err && ! english err &&
	z secret list >out && han out && ! english out && z rotate paypal >out 2>err && han out && ! english out && z rotate paypal --done >out && han out && ! english out'
check 'values are values' 'z secret show paypal >out 2>err && test "$(wc -l <out)" = 1 && z otp paypal >out 2>err && grep -qx "[0-9]\{6\}" out && han err'
check 'unlock, lock, kit, log, verify, passwd' '
	z unlock >out 2>err && han err && ! english err && purser --lang zh lock 2>err && han err && z kit status >out && han out && ! english out && z log list >out && han out && ! english out && z log verify >out && han out && z verify >out && han out && ! english out &&
	purser --lang zh passwd --password-file pw --new-password-fd 4 4<pw 2>err && han err && ! english err'
check 'errors, also those that the agent found' '
	echo bad >bad && expect_exit 3 purser --lang zh account list --password-file bad 2>err && han err && ! english err && expect_exit 3 purser --lang zh unlock --password-file bad 2>err && han err && ! english err &&
	expect_exit 8 z secret show paypla 2>err && han err && expect_exit 5 purser --lang zh account list --no-input 2>err && han err && ! english err && expect_exit 2 purser --lang zh secret set 2>err && han err &&
	z unlock -q --reveals 1 && purser secret show paypal >out && expect_exit 5 purser --lang zh secret show paypal --no-input 2>err && han err && ! english err && purser lock -q'
check 'freeze and thaw' '
	purser --lang zh freeze >out && han out && ! english out && expect_exit 4 purser --lang zh secret show paypal --no-input 2>err && han err && ! english err && purser --lang zh status >out && han out && ! english out &&
	printf v2 | z secret set paypal 2>err && han err && ! english err && purser --lang zh thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw >out 2>err && han out && han err && ! english out err'
check 'the prompts' '
	terminal "expect \xe5\xaf\x86
		send correct horse\r
		exit 0" purser --lang zh unlock && terminal "expect [y/N]
		send \xe5\x90\xa6\r
		exit 1" purser --lang zh secret remove paypal otp && purser otp paypal >out'
check 'the locale alone will do; --lang en wins over it' '
	LC_ALL=zh_CN.UTF-8 purser status >out && han out && LANG=zh_CN.UTF-8 LC_ALL= purser status >out && han out && LC_ALL=zh_CN.UTF-8 purser --lang en status >out && ! han out'
check 'machine output is the same in every language' '
	for c in "status" "secret list" "account list" "log list" "kit status"; do purser $c --json --lang en --password-file pw >en 2>err; purser $c --json --lang zh --password-file pw >zh 2>err; han zh && exit 1; field object <zh >o1; field object <en >o2; head -3 o1 >o3; head -3 o2 | cmp -s - o3 || exit 1; done'
check 'the error object keeps its names' 'expect_exit 8 purser --lang zh --json secret show nobody --password-file pw 2>err >out && tail -1 err | field name | grep -qx not-found && tail -1 err | han'
check 'an agent that was started in one language answers in the other' '
	purser unlock -q --lang zh --reveals 1 --password-file pw && purser secret show paypal >out && expect_exit 5 purser --lang en secret show paypal --no-input 2>err && ! han err && expect_exit 3 purser --lang en unlock --password-file bad 2>err && ! han err'
finish
