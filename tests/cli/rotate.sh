#!/bin/sh
# rotate: two steps, nothing is ever lost; lists; while frozen.
. "${0%/*}/lib.sh"
echo "correct horse" >pw; echo "new battery" >pw2
purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err
u() { purser "$@" --password-file "${PW:-pw}"; }
u account add paypal -q --provider paypal; u account add own -q --url https://own.example/password; u account add bare -q
purser unlock -q --reveals 0 --password-file pw

check 'the first rotation of an account without a password' '
	purser rotate bare >out 2>err && grep -q "version 1" out && grep -q "Page: not known" out && purser rotate bare --done >out && grep -q "version 1 in force" out && test "$(purser secret show bare | wc -c)" -gt 20'
check 'rotate --json: the documented fields, never the value' '
	printf old-one | purser secret set paypal -q && purser rotate paypal --json >out 2>err && test "$(field object <out)" = rotation && test "$(field account <out)" = paypal && test "$(field kind <out)" = password &&
	test "$(field version <out)" = 2 && test "$(field state <out)" = pending && field url <out | grep -q "^https://www.paypal.com/" && field source <out | grep -q . && v=$(purser secret show paypal --pending) && ! grep -qF "$v" out err'
check 'to the rules of the provider: 8 to 20 characters' 'v=$(purser secret show paypal --pending) && test ${#v} -ge 8 && test ${#v} -le 20'
check 'the old one stays in force until --done' 'test "$(purser secret show paypal)" = old-one'
check 'rotate again makes no second one' 'v=$(purser secret show paypal --pending) && purser rotate paypal 2>err >out && grep -q "pending already" err && test "$(purser secret show paypal --pending)" = "$v"'
check '--abort drops it, the old one stays; a second --abort and --done are 8' '
	purser rotate paypal --abort --json >out && test "$(field state <out)" = aborted && test "$(purser secret show paypal)" = old-one && expect_exit 8 purser rotate paypal --abort &&
	expect_exit 8 purser rotate paypal --done 2>err && grep -q "Nothing was changed" err'
check '--done promotes it, the old one is in the history' '
	purser rotate paypal -q >out && v=$(purser secret show paypal --pending) && purser rotate paypal --done --json >out && test "$(field state <out)" = done && test "$(purser secret show paypal)" = "$v" &&
	purser secret history paypal password --json | field state | tr "\n" " " | grep -qx "old current " && purser secret restore paypal --version 1 && test "$(purser secret show paypal)" = old-one'
check 'the page that the owner noted' 'purser rotate own >out && grep -q "https://own.example/password" out && purser rotate own --json | field source | grep -qx account && purser rotate own --abort'
check 'what does not go together: 2' '
	expect_exit 2 purser rotate && expect_exit 2 purser rotate paypal --done --abort && expect_exit 2 purser rotate paypal --list && expect_exit 2 purser rotate --next --done && expect_exit 2 purser rotate --list --due --exposed && expect_exit 8 purser rotate nobody'
check '--list: all of them; --due: 10 when there are any, 0 when none' '
	purser rotate --list --json >out && test "$(field account <out | tr "\n" " ")" = "bare paypal " && purser rotate --list --due >out 2>err && grep -q "Nothing to rotate" err &&
	purser rotate paypal >out && expect_exit 10 purser rotate --due --json >out && test "$(field state <out)" = pending && test "$(field account <out)" = paypal && purser rotate paypal --abort -q'
check '--reused: the same password twice is found with the password of the store' '
	printf same | purser secret set own -q && printf same | purser secret set bare -q && u rotate --list --reused --json >out && test "$(field account <out | tr "\n" " ")" = "bare own " && test "$(field state <out | sort -u)" = reused &&
	! grep -q same out && expect_exit 5 purser rotate --list --reused --no-input'
check 'looking for reuse shows nothing and is not logged as shown' 'a=$(u log list --json | grep -c reveal); u rotate --list --reused >out; test "$(u log list --json | grep -c reveal)" = "$a"'
check '--next without an exposed one: 0 and said' 'purser rotate --next 2>err && grep -q "No exposed password" err'
check 'killed at any moment: old or new, never none' '
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		timeout -s KILL 0.00$i purser rotate paypal >out 2>err; timeout -s KILL 0.0$i purser rotate paypal --done >out 2>err
		test -n "$(purser secret show paypal)" || exit 1; done; purser rotate paypal --abort >out 2>err; purser verify >out && grep -q Whole out'
check 'while frozen: sealed at once, to be copied for 15 minutes from the agent, never shown' '
	printf before | purser secret set paypal -q && purser freeze >out && purser rotate paypal >out 2>err && grep -q "15 minutes" err && expect_exit 4 purser secret show paypal --pending --no-input && mkdir -p fake &&
	printf "#!/bin/sh\ncase \$1 in --clear|--sensitive) exit 1;; esac\ncat >%s/clip\n" "$TMP" >fake/wl-copy && chmod +x fake/wl-copy && PATH=$TMP/fake:$PATH WAYLAND_DISPLAY=w no_terminal purser secret copy paypal --pending 2>err &&
	test "$(wc -c <clip)" -ge 8 && purser rotate paypal --done >out && ! grep -qF "$(cat clip)" out'
check 'after purser lock it cannot be copied any more: 4' '
	purser lock -q && PATH=$TMP/fake:$PATH WAYLAND_DISPLAY=w expect_exit 4 no_terminal purser secret copy paypal --password-file pw >out 2>err'
check 'without an agent and a terminal the value is for the thaw only, and that is said' 'u rotate own >out 2>err && grep -q "after the thaw only" err && test "$(wc -c <out)" -lt 400'
check 'without an agent, at a terminal, it is shown this once' '
	terminal "expect shown this once
		expect l later
		send l
		exit 0" purser rotate bare --password-file pw && expect_exit 4 u secret show bare --pending'
check 'after the thaw: what was copied is what is kept; the exposed ones are due' '
	purser thaw --no-input --confirm store --keep-kit --kit-fd 3 --password-file pw --new-password-fd 4 3<kit 4<pw2 >out && PW=pw2 && test "$(u secret show paypal)" = "$(cat clip)" &&
	expect_exit 10 u rotate --due --json >out && test "$(field account <out | sort | tr "\n" " ")" = "bare own " && u secret show own --pending >out && test "$(wc -c <out)" -gt 8'
check 'an item closes with the new version only' '
	PW=pw2 && u rotate own --done -q >out && u rotate bare --done -q >out && u rotate --list --exposed 2>err >out && test ! -s out && grep -q "Nothing to rotate" err'
finish
