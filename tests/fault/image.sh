#!/bin/sh
# image.sh: the bytes of the fuse file are nowhere on the disk after freeze, rekey and passwd: a file system of its own (ext4,
# data=ordered, as Debian makes it) in a file, looked through as a whole, journal and free blocks included. Needs root.
. "$(dirname "$0")/lib.sh"
skip_all() { echo "1..0 # SKIP $1"; exit 0; }
[ "$(id -u)" = 0 ] || skip_all 'THE DISK IS NOT LOOKED THROUGH: NEEDS ROOT'
command -v mkfs.ext4 >/dev/null 2>&1 || skip_all 'THE DISK IS NOT LOOKED THROUGH: NEEDS mkfs.ext4'
img=$work/disk mnt=$work/mnt
mkdir "$mnt" && truncate -s 48M "$img" && mkfs.ext4 -q -F "$img" >/dev/null 2>&1 || skip_all 'THE DISK IS NOT LOOKED THROUGH: no file system could be made'
attach() { mount -o loop,data=ordered "$img" "$mnt"; }
attach 2>"$work/log" || skip_all "THE DISK IS NOT LOOKED THROUGH: $(head -1 "$work/log")"
trap 'umount "$mnt" 2>/dev/null; rm -rf "$work"' EXIT
h=$mnt/home
count_secrets=40
{
	p "$h" old init --kdf-memory 8 --kit-file "$work/kit" --unverified-kit && n=0 &&
	while [ $n -lt $count_secrets ]; do p "$h" old account add "wallet$n" -q && printf 'value %d' $n | p "$h" old secret set "wallet$n" -q || break; n=$((n + 1)); done &&
	[ $n = $count_secrets ]
} >"$work/log" 2>&1 </dev/null || fatal 'a store on the disk' "$(cat "$work/log")"
# wraps HOME FILE: what must go: wrapS of each slot, and the wrap of each entry (fuse, purser-store(5)).
wraps() { cp "$1/device/fuse" "$2"; }
# copies FILE: how many of its wraps, or a half of one, are anywhere on the disk, which is not mounted then.
copies() {
	sync; umount "$mnt" || return 1
	perl -e '
		my ($fuse, $img) = @ARGV; local $/; open my $f, "<:raw", $fuse or die; my $b = <$f>; my @w;
		push @w, substr($b, 32 + 104 * $_, 104) for 0 .. 3;
		for (my $at = 512; $at + 128 <= length $b; $at += 128) { my $e = substr($b, $at, 128); push @w, substr($e, 24, 104) if $e =~ /[^\0]/ }
		open my $i, "<:raw", $img or die; my $d = <$i>; my $n = 0;
		for my $w (@w) { $n++ if index($d, substr($w, 0, 40)) >= 0 or index($d, substr($w, 56, 48)) >= 0 }
		print "$n of " . @w' "$work/$1" "$img"
	attach
}
has() { case $1 in "0 of "*) return 1 ;; *" of "*) return 0 ;; *) return 1 ;; esac; }

wraps "$h" "$work/first"
c=$(copies first); [ "$c" = "$((count_secrets + 4)) of $((count_secrets + 4))" ]; is_ok "the search finds all of an open store ($c)" $?
cp -a "$h" "$work/kept"
p "$h" old rekey >"$work/log" 2>&1 </dev/null; is_ok 'rekey' $? "$(cat "$work/log")"
c=$(copies first); [ "${c%% *}" = 0 ]; is_ok "after rekey no wrap of before is on the disk ($c)" $?
wraps "$h" "$work/second"
p "$h" old passwd --new-password-fd 7 7<"$work/pw.new" >"$work/log" 2>&1 </dev/null; is_ok 'passwd' $? "$(cat "$work/log")"
c=$(copies second); [ "${c%% *}" = 0 ]; is_ok "after passwd no wrap of before is on the disk ($c)" $?
wraps "$h" "$work/third"
c=$(copies third); has "$c"; is_ok "those of now are ($c)" $?
"$PURSER" --home "$h" freeze >"$work/log" 2>&1; is_ok 'freeze' $? "$(cat "$work/log")"
c=$(copies third); [ "${c%% *}" = 0 ]; is_ok "after freeze no wrap is on the disk ($c)" $?
for f in first second third; do
	found=$(cd "$h" && find . -type f -exec perl -e 'local $/; open my $f, "<:raw", shift; my $b = <$f>; for (@ARGV) { open my $h, "<:raw", $_ or next; my $d = <$h>;
		for (my $at = 512; $at + 128 <= length $b; $at += 128) { my $w = substr($b, $at + 24, 40); next unless $w =~ /[^\0]/; print "$_\n" if index($d, $w) >= 0 } }' "$work/$f" {} +)
	[ -z "$found" ]; is_ok "no file of the store has a wrap of the $f fuse, the database not either" $? "$found"
done
finish
