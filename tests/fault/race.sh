#!/bin/sh
# race.sh [ROUNDS]: freeze against unlock, passwd, rekey, thaw and storing a secret, started at once, each pair ROUNDS times with another
# pause between them (default 6; a long run has 1000). When freeze has returned 0 there is no fuse file once both are at rest, and no
# secret comes out; the books still open with one of the passwords.
. "$(dirname "$0")/lib.sh"
rounds=${1:-${RACE_ROUNDS:-6}}
unset CDPATH
h=$work/base
printf '%s\n' "$secret_old" >"$work/value"
{
	p "$h" old init --kdf-memory 8 --kit-file "$work/kit" --unverified-kit &&
	p "$h" old account add paypal && p "$h" old secret set paypal <"$work/value"
} >"$work/log" 2>&1 </dev/null || fatal 'a store' "$(cat "$work/log")"
cp -a "$h" "$work/cold" && "$PURSER" --home "$work/cold" freeze >"$work/log" 2>&1 || fatal 'a frozen store' "$(cat "$work/log")"
# Same parts of a second as the operation takes, so that the freeze meets each of its steps.
pause() { perl -e 'select(undef, undef, undef, $ARGV[0] / 1000)' "$1"; }
rival() {
	case $1 in
	unlock) p "$2" old unlock ;;
	passwd) p "$2" old passwd --new-password-fd 7 7<"$work/pw.new" ;;
	rekey) p "$2" old rekey ;;
	store) p "$2" old secret set paypal <"$work/value" ;;
	thaw) "$PURSER" --home "$2" --no-input --password-fd 8 thaw --confirm store --keep-kit --kit-fd 6 --new-password-fd 7 6<"$work/kit" 7<"$work/pw.new" 8<"$work/pw.old" ;;
	esac
}
# What is wrong with a store after both have ended; nothing when all is well.
judge() {
	[ ! -e "$1/device/fuse" ] && [ ! -e "$1/device/fuse.next" ] && [ ! -e "$1/device/fuse.old" ] || echo "a fuse file is there: $(ls "$1/device")"
	for w in old new; do
		p "$1" $w secret show paypal </dev/null >"$work/shown" 2>/dev/null && echo "a secret came out with the $w password"
		grep -q "$secret_old" "$work/shown" && echo 'a secret came out'
	done
	p "$1" old account list </dev/null >/dev/null 2>&1 || p "$1" new account list </dev/null >/dev/null 2>&1 || echo 'the books do not open'
	# A next command has tidied up what the freeze had to leave.
	[ ! -e "$1/device/freeze.request" ] || echo 'freeze.request stays'
	[ ! -e "$1/device/fuse" ] || echo 'a fuse file came back'
}
for what in unlock passwd rekey store thaw; do
	p "$h" old help rekey >/dev/null 2>&1 || [ $what != rekey ] || continue
	bad='' froze=0 n=0
	case $what in thaw) from=$work/cold ;; *) from=$h ;; esac
	# How long it takes alone.
	rm -rf "$work/alone" && cp -a "$from" "$work/alone"
	long=$(perl -MTime::HiRes=time -e 'printf "%.6f", time'); rival $what "$work/alone" >"$work/log" 2>&1 </dev/null || fatal "$what alone works" "$(cat "$work/log")"
	long=$(perl -MTime::HiRes=time -e 'printf "%d", 1000 * (time - $ARGV[0])' "$long")
	"$PURSER" --home "$work/alone" lock >/dev/null 2>&1
	while [ $n -lt "$rounds" ]; do
		g=$work/round; rm -rf "$g"; cp -a "$from" "$g"
		rival $what "$g" >"$work/rival" 2>&1 </dev/null & r=$!
		pause $((long * n / rounds))
		# Of a frozen store, to freeze is to say so; the interesting time is after the thaw has begun.
		if "$PURSER" --home "$g" freeze >"$work/frozen.out" 2>&1; then
			already=$(grep -c already "$work/frozen.out")
			wait $r
			# A thaw that committed after a freeze that found nothing to do has thawed; that order is the person's.
			if [ $what = thaw ] && [ "$already" != 0 ]; then
				"$PURSER" --home "$g" freeze >/dev/null 2>&1 || bad="$bad
round $n: the second freeze failed"
			fi
			froze=$((froze + 1))
			why=$(judge "$g")
			[ -z "$why" ] || bad="$bad
round $n: $why"
		else
			wait $r
			head -1 "$work/frozen.out" | grep -q 'NOT FROZEN' || bad="$bad
round $n: freeze failed without saying so"
		fi
		"$PURSER" --home "$g" lock >/dev/null 2>&1
		n=$((n + 1))
	done
	[ -z "$bad" ]; is_ok "freeze against $what, $rounds rounds over $long ms: no fuse file once freeze has returned" $? "$bad"
	[ $froze = "$rounds" ]; is_ok "... and each of them froze ($froze)" $?
done
finish
