#!/bin/sh
# qr: what is drawn is what was said: on terminals of four kinds, on paper, and read back from pictures.
. "${0%/*}/lib.sh"
PICTURE=$BUILD/tests/cli/picture
echo "correct horse" >pw
purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err
for a in a b c; do purser account add $a -q --password-file pw; done
purser unlock -q --reveals 0 --password-file pw
URI='otpauth://totp/Made%20Up:someone?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Made%20Up'
echo "$URI" | purser otp add a -q
purser otp export a >uri

# The picture in a transcript as rows: of half blocks (dark or light ones are drawn), of coloured cells, of ##.
rows_of() {
	perl -Mutf8 -CSD -ne 'BEGIN { $how = shift; %b = (" " => 0, "▀" => 1, "▄" => 2, "█" => 3) }
		s/\r?\n$//; my ($a, $b) = ("", "");
		if ($how =~ /blocks/) {
			if ($how eq "blocks-color") { next unless s/^\e\[30;47;107m([ ▀▄█]+)\e\[0m$/$1/ } else { next unless /^[ ▀▄█]{29,}$/ }
			for (split //) { my $v = $how eq "blocks" ? 3 - $b{$_} : $b{$_}; $a .= $v & 1; $b .= $v >> 1 }
			print "$a\n$b\n" }
		elsif ($how eq "cells-color") { next unless /^(\e\[40m  |\e\[47;107m  )+\e\[0m$/; s/\e\[40m  /1/g; s/\e\[47;107m  /0/g; s/\e.*//; print "$_\n" }
		else { next unless /^(##|  ){29,}$/; s/##/0/g; s/  /1/g; print "$_\n" }' "$@"
}
export_on() { terminal "exit 0" "$@" purser otp export a; }
# The quiet zone is light: a code the wrong way round could be read as well by some.
same_code() { rows_of "$1" t >rows && ! head -3 rows | grep -q 1 && "$PICTURE" png 4 <rows >code.png && purser otp add b --qr code.png -q && purser otp export b >uri.b && cmp uri uri.b; }

check 'a terminal shows the address and a QR code that says the same: UTF-8, colours' 'terminal "exit 0" env LC_ALL=C.UTF-8 purser otp export a && grep -q "^otpauth://" t && same_code blocks-color'
check '... UTF-8, no colours: right on a dark background' 'terminal "exit 0" env LC_ALL=C.UTF-8 NO_COLOR=1 purser otp export a && same_code blocks && ! grep -q "[[:cntrl:]]\[" t'
check '... no UTF-8, colours' '"$PTY" -s 30x120 -o t env LC_ALL=de_DE.ISO-8859-1 purser otp export a <<-END
	exit 0
	END
	same_code cells-color'
check '... no UTF-8, no colours' '"$PTY" -s 30x120 -o t env LC_ALL=de_DE.ISO-8859-1 TERM=dumb purser otp export a <<-END
	exit 0
	END
	same_code cells'
check 'a terminal that is too narrow: the address, one line why there is no picture, exit 0' '
	"$PTY" -s 24x40 -o t env LC_ALL=C.UTF-8 purser otp export a <<-END
	exit 0
	END
	grep -q "^otpauth://" t && grep -q "needs a terminal of .* columns, this one has 40" t && ! grep -q "▀" t'
check 'no picture where stdout is no terminal' 'purser otp export a >out && cmp uri out && test "$(wc -l <out)" = 1'

for n in 1 20 78 79 300 1000 2331; do
	check "a text of $n bytes comes back" "
		perl -e 'srand 7; print join \"\", map { chr 33 + int rand 94 } 1..$n' >text && \"\$PICTURE\" rows \"\$(cat text)\" >rows &&
		\"\$PICTURE\" png 3 <rows >x.png && \"\$BUILD/purser-qr-read\" 3<x.png | cmp - text"
done
check 'bytes beyond ASCII come back as they were' '
	for t in "微信支付 ¥12.34" "é" "日本語テキスト"; do "$PICTURE" rows "$t" | "$PICTURE" png 4 >x.png && test "$("$BUILD/purser-qr-read" 3<x.png | cat)" = "$t" || exit 1; done'
check 'more than a code holds is refused, in one line' '
	expect_exit 1 "$PICTURE" rows "$(perl -e "print \"x\" x 2332")" 2>err && grep -q "longer than a QR code holds" err && expect_exit 1 "$PICTURE" rows ""'
check 'SVG: its rectangles are the dark modules, within a quiet zone of four' '
	"$PICTURE" rows "$URI" >rows && "$PICTURE" svg "$URI" | perl -e "
		\$_ = <STDIN>; m{^<svg [^<>]*viewBox=\"0 0 (\d+) \1\"[^<>]*><path fill=\"#fff\" d=\"M0 0h\1v\1H0z\"/><path fill=\"#000\" d=\"((?:M\d+ \d+h\d+v1h-\d+z)+)\"/></svg>\$} or die; my (\$n, \$d) = (\$1, \$2);
		my @r = (\"0\" x \$n) x \$n; substr(\$r[\$2], \$1, \$3) = \"1\" x \$3 while \$d =~ /M(\d+) (\d+)h(\d+)/g; print map { \"\$_\n\" } @r" >svg.rows && cmp rows svg.rows'

"$PICTURE" rows "$URI" >rows
for how in 'png 2' 'png 3 inverted' 'png 4 grey' 'png 5 clear' 'png 20' 'jpeg 3' 'jpeg 4 grey' 'jpeg 12 inverted'; do
	check "otp add --qr reads a picture: $how" "\"\$PICTURE\" $how <rows >x && purser otp add c -q --qr x && purser otp export c >out && cmp uri out"
done
check 'otp add --qr wants no stdin and shows nothing of the seed' '"$PICTURE" png 3 <rows >x.png && purser otp add c --qr x.png --json </dev/null >out 2>err && test "$(field kind <out)" = otp && ! grep -q GEZD out err'

check 'no picture, a cut one, a huge one, none there, a directory: 7 with one line; nothing is stored' '
	purser account add d -q --password-file pw && "$PICTURE" png 3 <rows >x.png && "$PICTURE" jpeg 3 <rows >x.jpg && head -c 200 x.png >cut.png && head -c 30 x.jpg >cut.jpg &&
	echo hello >no.png && : >empty && "$PICTURE" empty 60000 60000 >huge.png && "$PICTURE" empty 2000000000 2000000000 >huge2.png && truncate -s 33M large && mkdir -p dir &&
	for f in cut.png cut.jpg no.png empty huge.png huge2.png large dir missing.png; do
		expect_exit 7 purser otp add d --qr $f >out 2>err && test "$(wc -l <err)" = 1 && test ! -s out || { echo $f; exit 1; }; case $f in huge.png | large) grep -q "too large a picture" err || exit 1 ;; esac; done && expect_exit 8 purser otp d'
check 'a picture without a code: 7 says so' 'head -12 rows | "$PICTURE" png 4 >x.png && expect_exit 7 purser otp add d --qr x.png 2>err && grep -q "no QR code" err'
check 'a code that is no second factor: 7, and what it says is not repeated' '"$PICTURE" rows "https://example.org/1189" | "$PICTURE" png 4 >x.png && expect_exit 7 purser otp add d --qr x.png 2>err && ! grep -q 1189 err'
check 'two codes that say different things: 7, none is chosen' '
	"$PICTURE" rows "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ" >r1 && "$PICTURE" rows "otpauth://totp/y?secret=GEZDGNBVGY3TQOJR" >r2 && paste -d "" r1 r2 | "$PICTURE" png 4 >x.png &&
	expect_exit 7 purser otp add d --qr x.png 2>err && grep -q several err && paste -d "" r1 r1 | "$PICTURE" png 4 >x.png && purser otp add d -q --qr x.png'

# Another program in the helper's place, beside a copy of purser; a script, which purser's own sandbox would not start.
mkdir -p fake && cp "$(readlink -f bin/purser)" fake/purser
fake() { printf '#!/bin/sh\n%s\n' "$1" >fake/purser-qr && chmod 755 fake/purser-qr; }
with_fake() { fake "$1" && "$PTY" -s 60x150 -o t env PURSER_TEST_LANDLOCK=0 fake/purser otp export a <<-END
	exit 0
	END
	grep -q "^otpauth://" t && grep -q "$2" t && ! grep -q "##" t; }
check 'a helper that is missing costs the picture, nothing else' 'printf "" >fake/purser-qr && chmod 644 fake/purser-qr && "$PTY" -o t env PURSER_TEST_LANDLOCK=0 fake/purser otp export a <<-END
	exit 0
	END
	grep -q "^otpauth://" t && test "$(grep -c "No QR code: cannot start the helper" t)" = 1'
check '... or that lacks a library' 'with_fake "exit 127" "a library of it is missing"'
check '... or has no sandbox, or no locked memory' 'with_fake "exit 3" "sandbox" && with_fake "exit 4" "lock its memory"'
check 'a helper that lies is not believed: sides and lengths no code has' '
	for x in "printf \"\\\\377\"" "printf \"\\\\025\"" "printf \"\\\\026%200s\"" "head -c 4000 /dev/zero" "cat" "kill -9 \$\$" "printf \"\\\\025%56s\"; exit 1" "exit 12"; do with_fake "$x" "No QR code: the helper" || { echo "$x"; exit 1; }; done'

# The helper itself.
mkfifo text.in
"$BUILD/purser-qr" <text.in >code & pid=$!
exec 5>text.in
confined 'the helper' $pid '0 1 '
exec 5>&-
ended=0; wait $pid || ended=$?
check 'the helper: nothing to draw is 2, and no answer' 'test $ended = 2 && test ! -s code'
finish
