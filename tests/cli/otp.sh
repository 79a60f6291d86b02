#!/bin/sh
# otp: codes of RFC 6238 and RFC 4226, counters that never go back, Steam, what is refused.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err
for a in a b c d; do purser account add $a -q --password-file pw; done
purser unlock -q --reveals 0 --password-file pw
SEED=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ

check 'RFC 6238, SHA-1, 8 digits: the times of appendix B' '
	echo "otpauth://totp/rfc?secret=$SEED&digits=8" | purser otp add a && for v in 59:94287082 1111111109:07081804 1111111111:14050471 1234567890:89005924 2000000000:69279037 20000000000:65353130; do
		test "$(purser otp a --at ${v%%:*})" = "${v##*:}" || exit 1; done'
check '--at takes a date and time, UTC with Z, else the zone of the session' '
	test "$(purser otp a --at 2009-02-13T23:31:30Z)" = 89005924 && test "$(purser otp a --at "2009-02-13 23:31:30")" = 89005924 &&
	test "$(purser otp a --tz +08:00 --at "2009-02-14 07:31:30")" = 89005924 && expect_exit 2 purser otp a --at yesterday && expect_exit 2 purser otp a --at 2009-02-30T00:00:00Z'
check 'the code is on stdout, the seconds left on stderr; --json has both' '
	PURSER_TEST_NOW=59000 purser otp a >out 2>err && test "$(cat out)" = 94287082 && test "$(cat err)" = "1 s left" &&
	PURSER_TEST_NOW=60000 purser otp a --json >out 2>err && test ! -s err && test "$(field object <out)" = otp && test "$(field account <out)" = a && test "$(field seconds_left <out)" = 30 && test "$(field counter <out)" = null'
check 'SHA-256 and SHA-512, another period' '
	echo "otpauth://totp/rfc?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA&digits=8&algorithm=SHA256" | purser otp add b && test "$(purser otp b --at 59)" = 46119246 &&
	echo "otpauth://totp/rfc?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA&digits=8&algorithm=SHA512" | purser otp add b &&
	test "$(purser otp b --at 59)" = 90693936 && echo "otpauth://totp/x?secret=$SEED&digits=8&period=60" | purser otp add b && test "$(purser otp b --at 119)" = 94287082'
check 'HOTP: the counter is stored before the code is shown and never goes back' '
	echo "otpauth://hotp/rfc?secret=$SEED&counter=0" | purser otp add c && for v in 755224 287082 359152 969429 338314; do test "$(purser otp c)" = $v || exit 1; done &&
	purser otp c --json >out && test "$(field code <out)" = 254676 && test "$(field counter <out)" = 5 && test "$(field seconds_left <out)" = null &&
	purser otp c >/dev/full 2>err; purser otp c --json | field counter | grep -qx 7'
check 'HOTP: --at has no meaning there: 2' 'expect_exit 2 purser otp c --at 59'
check 'HOTP: old counters leave no version behind' 'test "$(purser secret history c otp --json | wc -l)" = 1'
check 'Steam' 'echo "steam://$SEED" | purser otp add d && purser otp d --at 59 | grep -qx "[2-9BCDFGHJKMNPQRTVWXY]\{5\}"'
check 'a bare seed as providers print it' 'echo " jbsw y3dp-ehpk 3pxp " | purser otp add d && purser otp d | grep -qx "[0-9]\{6\}"'
check 'otp add: what is stored on stderr, the way in is asked for; --json one object without a value' '
	echo "$SEED" | purser otp add d >out 2>err && test ! -s out && grep -q "way-in" err && ! grep -q "$SEED" err && echo "$SEED" | purser otp add d --json >out && test "$(field kind <out)" = otp && ! grep -q "$SEED" out'
check 'export is the otpauth address; --json as value' '
	purser otp export a | grep -q "^otpauth://totp/.*secret=$SEED.*digits=8" && purser otp export a --json | field value | grep -q "^otpauth://"'
check 'what is no seed: 7, nothing is stored, and it is not repeated' '
	for t in "otpauth://yaotp/x?secret=$SEED" "otpauth://totp/x" "no seed at all 1189!" "otpauth://totp/x?secret=$SEED&digits=77"; do printf "%s" "$t" | expect_exit 7 purser otp add d 2>err && ! grep -q 1189 err || exit 1; done &&
	expect_exit 2 purser otp add d </dev/null'
check 'no factor here: 8 and what to type; no such account: 8; nothing from the command line: 2' '
	purser otp remove b --yes && expect_exit 8 purser otp b 2>err && grep -q "purser otp add b" err && expect_exit 8 purser otp zz && expect_exit 2 purser otp add a $SEED && expect_exit 2 purser otp'
check 'remove wants --yes: 2 without' 'expect_exit 2 purser otp remove a --no-input && purser otp a --at 59'
check 'otp copy without a clipboard: 1' 'expect_exit 1 no_terminal purser otp copy a 2>err && grep -q "Nothing was copied" err'
check 'codes count for the limit of reveals: the third is 5, without a code' '
	purser unlock -q --reveals 2 --password-file pw && purser otp a >out && purser secret show a otp >out && expect_exit 5 purser otp a --no-input >out 2>err && test ! -s out && grep -q -e "--reveals" err'
check 'with the password at hand it is asked again, and the session goes on' 'purser otp a --at 59 --password-file pw | grep -qx 94287082 && purser otp a --no-input >out && expect_exit 5 purser otp a --no-input'
check 'frozen: no code, 4; a new factor is sealed' '
	purser freeze >out && expect_exit 4 purser otp a --no-input >out 2>err && test ! -s out && expect_exit 4 purser otp export a --no-input && expect_exit 4 purser otp copy a --no-input &&
	echo "$SEED" | purser otp add b --json --password-file pw >out && test "$(field sealed <out)" = true && expect_exit 4 purser otp b --password-file pw'
finish
