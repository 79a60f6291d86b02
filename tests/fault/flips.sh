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
# The run that lists the log adds to it; what counts is what was there at rest.
entries=$("$PURSER" --home "$h" status --json | sed -n 's/.*"log_entries":\([0-9]*\).*/\1/p')
head -n "$entries" "$work/good.log" >"$work/good.rest" && mv "$work/good.rest" "$work/good.log"
# An authenticated entry is one of the old ones, or the run's own; when an old one is missing or not authenticated any more,
# `log verify` tells of it.
log_differs() {
	perl -e '
		my ($good, $got) = map { open my $h, "<", $_ or die; my %e; $e{$_} = 1 while <$h>; \%e } @ARGV;
		for (sort keys %$got) { print "new: $_" if !$good->{$_} && /"authenticated":true/ && /"seq":(\d+)/ && $1 < keys %$good }
		for (sort keys %$good) { exit 1 unless $got->{$_} }
		' "$work/good.log" "$1" && return
	p "$2" old log verify </dev/null >"$work/said" 2>&1 && echo 'an entry is gone, and log verify finds nothing'
}
find "$h" -type f ! -name lock ! -name CACHEDIR.TAG -size +0 -printf '%s %P\n' | sort -k2 >"$work/files"
# The parts of a fuse entry (name, version, wrap), on purpose: damaged is 6, now and at the next run, never 4.
why=''
for at in 512 527 528 535 536 560 639; do
	g=$work/round; rm -rf "$g"; cp -a "$h" "$g"
	perl -e 'my ($f, $at) = @ARGV; open my $h, "+<", $f or die; seek $h, $at, 0; read $h, my $c, 1; seek $h, $at, 0;
		print $h chr(ord($c) ^ 1); close $h or die' "$g/device/fuse" $at || fatal 'a bit is flipped'
	for again in 1 2; do
		look secret "$g" >"$work/got" 2>"$work/err"; rc=$?
		[ $rc = 6 ] || why="$why byte $at of the fuse: exit $rc;"
	done
done
[ -z "$why" ]; is_ok 'a damaged fuse entry is damage, not a freeze' $? "$why"
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
				why=$(log_differs "$work/got" "$g")
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
[ "$flips" -lt 20 ] || { [ $errors -gt 0 ]; is_ok 'some flips were noticed' $?; }
finish
