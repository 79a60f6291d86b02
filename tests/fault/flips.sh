#!/bin/sh
# flips.sh [FLIPS]: one random bit flipped in one random file of a store, then the real program reads all it has: the history, a
# secret, a code, the log. Each command either says exactly what it says of the whole store, or ends with an error of the
# table and prints nothing that is not in the right answer. A damaged fuse never reads as "you froze". Long run: flips.sh 2000
. "$(dirname "$0")/lib.sh"
flips=${1:-${FLIPS:-60}}
seed=${SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
echo "# $flips flips, SEED=$seed"
make_stores
h=$work/open
printf 'otpauth://totp/Made:up?secret=JBSWY3DPEHPK3PXP&issuer=Made\n' >"$work/uri"
p "$h" old otp add paypal <"$work/uri" >"$work/log" 2>&1 || fatal 'a code to show' "$(cat "$work/log")"
p "$h" old otp paypal --at 2024-02-03T04:05:06Z >"$work/log" 2>&1 </dev/null || fatal 'a code is shown' "$(cat "$work/log")"

reads='history secret otp log export'
look() {
	case $1 in
	history) p "$2" old history --account apple --json </dev/null ;;
	secret) p "$2" old secret show paypal </dev/null ;;
	otp) p "$2" old otp paypal --at 2024-02-03T04:05:06Z </dev/null ;;
	log) p "$2" old log list --json </dev/null ;;
	export) p "$2" old export --format csv </dev/null ;;
	esac
}
for w in $reads; do
	g=$work/whole; rm -rf "$g"; cp -a "$h" "$g"
	look $w "$g" >"$work/good.$w" 2>"$work/log" || fatal "$w of the whole store" "$(cat "$work/log")"
	[ -s "$work/good.$w" ] || fatal "$w prints something"
done
# Lines of log list that these runs themselves add come after those of the store at rest.
find "$h" -type f ! -name lock ! -name CACHEDIR.TAG -size +0 -printf '%s %P\n' | sort -k2 >"$work/files"
total=$(awk '{ s += $1 } END { print s }' "$work/files")
bad=0 errors=0 same=0 i=0
while [ $i -lt "$flips" ]; do
	# Every file is as likely as every other (the small ones carry the keys), every bit in it too.
	# shellcheck disable=SC2046
	set -- $(SEED2="$seed$i" perl -e 'srand($ENV{SEED2}); my @f = map { chomp; [split / /, $_, 2] } <STDIN>; my $f = $f[rand @f];
		print int(rand($f->[0])), " ", int(rand(8)), " ", $f->[1], "\n"' <"$work/files")
	at=$1 bit=$2 file=$3
	g=$work/round; rm -rf "$g"; cp -a "$h" "$g"
	perl -e 'my ($f, $at, $bit) = @ARGV; open my $h, "+<", $f or die; seek $h, $at, 0; read $h, my $c, 1; seek $h, $at, 0;
		print $h chr(ord($c) ^ 1 << $bit); close $h or die' "$g/$file" "$at" "$bit" || fatal 'a bit is flipped'
	for w in $reads; do
		look $w "$g" >"$work/got" 2>"$work/err"; rc=$?
		why=''
		if [ $rc = 0 ]; then
			same=$((same + 1))
			if [ $w = log ]; then
				# What is listed of the old entries is as it was; the run may have added some, newest first or last.
				grep -vxFf "$work/got" "$work/good.log" | grep -q . && why='an entry is missing or another'
			else
				cmp -s "$work/got" "$work/good.$w" || why='another answer, and exit 0'
			fi
		else
			errors=$((errors + 1))
			[ $rc -le 10 ] || why="exit $rc"
			[ -s "$work/err" ] || why="$why; no word"
			if [ $w != log ] && grep -vxFf "$work/good.$w" "$work/got" | grep -q .; then why="$why; a wrong line"; fi
			if [ $rc = 4 ] && [ "$file" = device/fuse ]; then why="$why; a flipped bit reads as a freeze"; fi
		fi
		[ -z "$why" ] || { bad=$((bad + 1)); [ $bad -gt 20 ] || not_ok "$file, byte $at, bit $bit: $w (exit $rc)" "$why" "$(head -3 "$work/got")" "$(head -3 "$work/err")"; }
	done
	i=$((i + 1))
done
[ $bad = 0 ] && ok "$flips flips in $total bytes: $errors clean errors, $same unharmed results, no wrong value"
[ $errors -gt 0 ]; is_ok 'some flips were noticed' $?
finish
