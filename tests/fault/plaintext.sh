#!/bin/sh
# plaintext.sh: words that went into the store are in no file of it afterwards, not in the -wal that kill -9 leaves, and, when it
# was locked, not in the agent's memory; a crash of the agent leaves no core. The scan itself must find what is really there.
. "$(dirname "$0")/lib.sh"
ulimit -c unlimited 2>/dev/null
password='Marker-Password-0x7e11 of the store'
secret='Marker-Secret-Value-91c2'
code='JBSWY3DPEHPK3PXPGEZDGNBV'
note='Marker-Note-About-The-Account'
printf '%s\n' "$password" >"$work/pw.old"
printf '%s\n' "$password" "$secret" "$code" "$note" 'Marker Shop 7' 'markedaccount' >"$work/markers"

# scan WHAT: perl finds any of the markers in files (as bytes, and as UTF-16) or in the memory of a process.
scan_files() {
	find "$@" -type f -print0 | xargs -0 -r perl -e '
		open my $m, "<", shift or die; my @m = map { chomp; $_ } <$m>; push @m, map { join("\0", split //, $_) } @m;
		my $hit = 0;
		for my $f (@ARGV) { local $/; open my $h, "<:raw", $f or next; my $b = <$h>; 
			for my $w (@m) { if (index($b, $w) >= 0) { print "$f: $w\n"; $hit = 1 } } }
		exit $hit' "$work/markers"
}
scan_memory() {
	perl -e '
		my ($markers, $pid) = @ARGV; open my $m, "<", $markers or die; my @m = map { chomp; $_ } <$m>; my $hit = 0; my $bytes = 0;
		open my $maps, "<", "/proc/$pid/maps" or exit 3; open my $mem, "<:raw", "/proc/$pid/mem" or exit 3;
		while (<$maps>) {
			next unless /^([0-9a-f]+)-([0-9a-f]+) r/; next if /\[vvar\]|\[vsyscall\]/; my ($a, $b) = (hex $1, hex $2);
			for (my $at = $a; $at < $b; $at += 1 << 22) {
				my $n = $b - $at; $n = (1 << 22) + 64 if $n > (1 << 22) + 64;
				seek $mem, $at, 0; my $r = sysseek($mem, $at, 0) && sysread($mem, my $block, $n); next unless $r; $bytes += $r;
				for my $w (@m) { if (index($block, $w) >= 0) { print "memory of $pid: $w\n"; $hit = 1 } } } }
		exit($bytes ? $hit : 3)' "$work/markers" "$1"
}
mkdir "$work/sees"; printf 'x%s' "$secret" >"$work/sees/file"
scan_files "$work/sees" >/dev/null; [ $? != 0 ]; is_ok 'the scan of files finds a marker that is there' $?
KEPT="$secret" sleep 60 & victim=$!
scan_memory $victim >/dev/null; [ $? = 1 ]; is_ok 'the scan of memory finds a marker that is there' $?
kill $victim 2>/dev/null

h=$work/open
statement "$work/first.csv" 1 40
statement "$work/second.csv" 41 400
printf '%s\n' "$secret" >"$work/secret.in"; printf '%s\n' "$code" >"$work/code.in"
{
	p "$h" old init --kdf-memory 8 --kit-file "$work/kit" --unverified-kit &&
	p "$h" old account add markedaccount --provider paypal --currency USD --login "$note" &&
	p "$h" old account add apple --provider apple-card --currency USD &&
	p "$h" old secret set markedaccount <"$work/secret.in" &&
	p "$h" old otp add markedaccount <"$work/code.in" &&
	p "$h" old import "$work/first.csv" --account apple
} >"$work/log" 2>&1 </dev/null || fatal 'a store with markers' "$(cat "$work/log")"
# The emergency card names accounts, on purpose, and nothing else of the markers.
grep -q markedaccount "$h/device/card"; is_ok 'the emergency card names the account' $?
found=$(scan_files "$h/device/card" | grep -v ': markedaccount$'); [ -z "$found" ]; is_ok '... and has no other marker: no secret, no login' $? "$found"
"$PURSER" --home "$h" card --off >"$work/log" 2>&1; is_ok 'the emergency card is switched off for the rest' $? "$(cat "$work/log")"
[ -z "$(scan_files "$h")" ]; is_ok 'no marker in any file of a store at rest' $? "$(scan_files "$h")"
# The kit, as pairs of words: one word alone may stand anywhere.
grep -Ev '^#|^fingerprint|^$' "$work/kit" | awk '{ for (i = 1; i < NF; i++) print $i " " $(i + 1) }' >"$work/pairs"
[ "$(wc -l <"$work/pairs")" -ge 19 ]; is_ok 'the kit file holds twenty words' $? "$(wc -l <"$work/pairs") pairs"
cat "$work/pairs" >>"$work/markers"
[ -z "$(scan_files "$h")" ]; is_ok "the kit's words are in no file of the store" $? "$(scan_files "$h")"

# kill -9 at each of some calls of an import: whatever lies there then, -wal included.
wal=0
(export PURSER_FAULT=count PURSER_FAULT_DIR="$work/c.home" PURSER_FAULT_COUNT="$work/count" LD_PRELOAD="$FAULT"; cp -a "$h" "$work/c.home"
	p "$work/c.home" old import "$work/second.csv" --account apple) >"$work/log" 2>&1 </dev/null || fatal 'an import that is counted' "$(cat "$work/log")"
c=$(od -An -tu8 "$work/count" | tr -d ' ') n=1 found=''
while [ $n -le "$c" ]; do
	g=$work/round; rm -rf "$g"; cp -a "$h" "$g"
	(export PURSER_FAULT=kill:$n PURSER_FAULT_DIR="$g" LD_PRELOAD="$FAULT"; p "$g" old import "$work/second.csv" --account apple) \
		>"$work/log" 2>&1 </dev/null
	[ ! -s "$g/vault/store.db-wal" ] || wal=$((wal + 1))
	found=$found$(scan_files "$g")
	n=$((n + 1 + c / 12))
done
[ -z "$found" ]; is_ok 'no marker in any file after kill -9 during an import' $? "$found"
[ $wal -gt 0 ]; is_ok 'a -wal was among them' $?

# The agent: unlocked, used, locked. It is this program re-executed, with the home in its arguments.
agents() { pgrep -f "agent-process $h/vault"; }
if p "$h" old unlock >"$work/log" 2>&1 </dev/null; then
	"$PURSER" --home "$h" --no-input secret show markedaccount >"$work/shown" 2>"$work/log" </dev/null
	is_ok 'the agent shows the secret' $? "$(cat "$work/log")"
	"$PURSER" --home "$h" --no-input history --account apple >"$work/shown" 2>"$work/log" </dev/null
	a=$(agents); [ -n "$a" ]; is_ok 'there is one process of the agent' $? "$a"
	"$PURSER" --home "$h" lock >"$work/log" 2>&1; is_ok 'lock' $? "$(cat "$work/log")"
	sleep 0.2
	# AddressSanitizer keeps freed memory back unwiped, on purpose.
	[ "${MODE:-release}" != asan ] || { ok 'memory of the locked agent # SKIP under AddressSanitizer'; a=''; }
	for pid in $a; do
		found=$(scan_memory "$pid"); rc=$?
		# Gone is as good as clean; 3: its memory cannot be read at all.
		[ $rc != 1 ]; is_ok "no marker in the memory of the locked agent ($([ -d "/proc/$pid" ] && echo 'it runs' || echo 'it ended'))" $? "$found"
	done
	p "$h" old unlock >"$work/log" 2>&1 </dev/null
	for pid in $(agents); do
		(cd "$work" && kill -SEGV "$pid"); sleep 0.3
		[ -d "/proc/$pid" ] && kill -9 "$pid" 2>/dev/null
	done
	found=$(find "$work" -name 'core*' -type f)
	[ -z "$found" ]; is_ok 'a crash of the agent leaves no core' $? "$found"
	[ -z "$(scan_files "$h" "$work/run")" ]; is_ok 'no marker in any file after all that' $? "$(scan_files "$h" "$work/run")"
else
	fatal 'unlock starts an agent' "$(cat "$work/log")"
fi
# Nor after a freeze, nor what a wrong password leaves.
printf 'Marker-Password-Wrong-55aa\n' | tee -a "$work/markers" >"$work/pw.wrong"
p "$h" wrong history >"$work/log" 2>&1 </dev/null; [ $? = 3 ]; is_ok 'a wrong password is 3' $? "$(cat "$work/log")"
"$PURSER" --home "$h" freeze --reason 'Marker-Reason' >"$work/log" 2>&1; is_ok 'freeze' $? "$(cat "$work/log")"
echo 'Marker-Reason' >>"$work/markers"
[ -z "$(scan_files "$h")" ]; is_ok 'no marker in any file after a wrong password and a freeze' $? "$(scan_files "$h")"
finish
