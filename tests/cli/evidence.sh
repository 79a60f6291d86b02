#!/bin/sh
# incident evidence: a bundle that somebody without purser can check; the same bytes each time; nothing outside of --out;
# what strangers wrote does no harm in it; its time stamp.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
u() { purser "$@" --password-file pw --no-input; }
have() { command -v "$1" >/dev/null 2>&1; }
statement() {
	printf '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address","Transaction ID","Balance"\r\n'
	while [ $# -ge 6 ]; do
		printf '"%s","%s","CET","%s","Express Checkout Payment","Completed","EUR","%s","0.00","%s","a@example.com","b@example.com","%s","%s"\r\n' "$1" "$2" "$3" "$4" "$4" "$5" "$6"; shift 6
	done
}
rlo=$(printf '\342\200\256') esc=$(printf '\033')
statement 20/11/2026 01:47:00 "=HYPERLINK(1) </td><script>alert(1)</script> ${rlo}gpj" -310.00 AAAA1 690.00 20/11/2026 01:52:00 "@unknown & shop" -99.98 AAAA2 590.02 21/11/2026 09:00:00 Bakery -3.10 AAAA3 586.92 >"st (1) ${rlo}x.csv"
statement 19/11/2026 10:00:00 "Other wallet" -5.00 BBBB1 100.00 >other.csv
printf 'a picture\000\001\n' >"-rf ..(x).png"
check 'a store, an incident with everything in it' '
	u init -q --kdf-memory 8 --kit-file kit --unverified-kit 2>/dev/null && u account add paypal --provider paypal -q && u account add other --provider paypal -q &&
	printf hunter2MARKER | u secret set paypal -q && u secret show paypal >/dev/null && u import --account paypal -q st*.csv && u import --account other -q other.csv &&
	u review mark $(u history -a paypal --json -n 2 --sort time | field id) fraud -q && u freeze -q --reason "money <b>leaves" >/dev/null &&
	u incident note "called them </script>" -q && u incident notice paypal --by phone --ref "PP-<1>" --answer-by 2026-12-02 --text "three payments" -q &&
	u incident attach "./-rf ..(x).png" --text "=what it showed" -q && u incident note "wrong" -q && u incident note --retract 4 --why "of another day" -q && u incident done 1 --ref "+49 1" -q'
u incident evidence --out one --no-pdf >out 2>err || cat err
check 'the files: those of the manifest and what came after it, 0700 and 0600' '
	(cd one && find . -type f | sed "s,^./,," | LC_ALL=C sort) >got && { sed "s/^SHA256 (\(.*\)) = .*/\1/" one/manifest.txt; printf "%s\n" evidence.tar manifest.sig manifest.txt manifest.txt.minisig manifest.txt.tsq; } | LC_ALL=C sort | cmp - got &&
	grep -q "^VERIFY.txt" got && grep -q "^timeline.csv" got && grep -q "^log.bin" got && grep -q "^log-open.csv" got && grep -q "^keys.txt" got && grep -q "^report.html" got && grep -q "^attachments/" got && grep -q "^statements/" got &&
	test -z "$(find one -type d ! -perm 700)$(find one -type f ! -perm 600)" && ! test -e one.partial'
check 'the statement of its payments and the attachment, byte for byte; not the statement of the other account' '
	cmp one/statements/s1-* st*.csv && cmp one/attachments/n3-* "./-rf ..(x).png" && test "$(ls one/statements | wc -l)" = 1 && ! grep -rq BBBB1 one'
check 'names that strangers gave lead nowhere and steer nothing' '
	ls one/statements | grep -qx "s1-st__1___x.csv" && ls one/attachments | grep -qx "n3--rf_.._x_.png"'
check 'in it is no secret, not its name, not the password of the store' '! grep -raqE "hunter2MARKER|correct horse" one && ! grep -raqE "reveal|secret-set" one/log-open.csv one/timeline.csv && ! grep -qi secret one/log-open.csv'

# ---- what an outsider does: the lines of VERIFY.txt as they stand there ----
line() { grep -F -- "\$ $1" one/VERIFY.txt | sed 's/^ *\$ //'; }
refuse() { check "$1" "rm -rf bad && cp -a one bad && cd bad && $2 && ! { $3; }"; }
verify() {
	if have "$1"; then
		check "$1: the manifest is signed, as VERIFY.txt says" "cd one && $(line "$2")"
		refuse "$1: a manifest with another byte is refused" 'sed -i s/report/Report/ manifest.txt' "$(line "$2")"
	else
		skip "$1" 'IT IS NOT HERE'
	fi
}
verify minisign 'minisign -V -p'
verify signify-openbsd 'signify-openbsd -V -p'
verify openssl 'openssl pkeyutl'
check 'sha256sum: every file' 'cd one && eval "$(line sha256sum)"'
for f in $(sed 's/^SHA256 (\(.*\)) = .*/\1/' one/manifest.txt); do
	refuse "sha256sum: a changed byte in $f is noticed" "printf x | dd of=$f bs=1 conv=notrunc seek=\$((\$(wc -c <$f) - 1)) 2>/dev/null" "$(line sha256sum)"
done
check 'tar: the same files, of nobody, at one time, in order' '
	mkdir t && tar -xf one/evidence.tar -C t && diff -r -x evidence.tar one t && tar -tf one/evidence.tar | LC_ALL=C sort -c && test "$(tar -tvf one/evidence.tar | awk "{ print \$2, \$4, \$5 }" | sort -u | wc -l)" = 1 && tar --numeric-owner -tvf one/evidence.tar | grep -q " 0/0 "'
if have bsdtar; then check 'bsdtar reads it too' 'test "$(bsdtar -tf one/evidence.tar | wc -l)" = "$(tar -tf one/evidence.tar | wc -l)"'; fi
sh_of_log() { sed -n '/^#!\/bin\/sh/,$p' VERIFY.txt >check-log.sh && sh check-log.sh; }
if have openssl; then
	check 'the log: unbroken, and the disclosed contents are those committed to' 'cd one && sh_of_log >../out && grep -q "unbroken" ../out && grep -q "are those committed to" ../out && rm check-log.sh && n=$(sed -n "s/^log-open.csv: \([0-9]*\) .*/\1/p" ../out) && test "$n" = "$(($(wc -l <log-open.csv) - 1))" && test "$n" -gt 5'
	for at in 8 24 56 88 160 436 500; do
		refuse "the log: a changed byte at $at is noticed" "perl -e 'open F, \"+<\", \"log.bin\"; seek F, $at, 0; read F, \$c, 1; seek F, $at, 0; print F chr(1 ^ ord \$c)'" sh_of_log
	done
	refuse 'the log: a record that was dropped is noticed' 'perl -e "open F, q(<), q(log.bin); local \$/; \$_ = <F>; substr(\$_, 432, 216) = q(); open F, q(>), q(log.bin); print F" && test $(($(wc -c <log.bin) % 216)) = 0' sh_of_log
	refuse 'the log: a content that was never written is noticed' 'sed -i "2s/,\([0-9a-f]*\)\([0-9a-f]\),\([^,]*\)$/,\1f\2,\3/" log-open.csv && ! cmp -s log-open.csv ../one/log-open.csv' sh_of_log
	check 'the whole log, from its first entry, which the key of the kit signed' 'u incident evidence --out whole --whole-log --no-pdf -q >/dev/null && cd whole && sh_of_log >../out && grep -q " from 0 on" ../out && n=$(($(wc -c <log.bin) / 216)) && grep -q "$n records from 0 on, $n signatures" ../out'
	refuse 'the whole log: under another first key it is refused' 'rm -rf * && cp -a ../whole/. . && sed -i "/^pk0/{ s/pk0 \(.\)/pk0 \1\1/; s/.\$//; }" keys.txt' sh_of_log
fi
check 'of the log: the incident, the freeze, the import; nothing else, unless asked for' '
	cut -d, -f6 one/log-open.csv | sed "1d; s/^\"//" | cut -d" " -f2 | sort -u | tr "\n" " " >got && grep -q "freeze" got && grep -q "import" got && grep -q "incident" got && ! grep -qE "unlock|policy|account-add|evidence|review" got &&
	n=$(u log list --json | grep "\"event\":\"reveal\"" | field seq | head -1) && u incident evidence --out asked --no-pdf --log-entry "$n" -q >/dev/null && grep -q "^$n,.*reveal" asked/log-open.csv && expect_exit 8 u incident evidence --out no --log-entry 99999 2>err && expect_exit 2 u incident evidence --out no --log-entry x && ! test -e no && ! test -e no.partial'

# ---- the same bytes ----
check 'a second one, a day later, is the same to the byte' 'PURSER_TEST_NOW=$((($(date +%s) + 86400) * 1000)) u incident evidence --out two --no-pdf -q >/dev/null && diff -r one two && cmp one/evidence.tar two/evidence.tar'
check 'in Chinese, too: the language of the command is not in it' 'u --lang zh incident evidence --out three --no-pdf -q >/dev/null && diff -r one three && LANGUAGE=zh LC_ALL=zh_CN.UTF-8 u incident evidence --out four --no-pdf >out 2>/dev/null && diff -r one four'
check 'it was logged with the hash of the manifest before it was given out' 'h=$(sha256sum <one/manifest.txt | cut -d" " -f1) && u log list --json | grep "\"event\":\"evidence\"" | grep -q "$h" && u log verify'
check 'after a further note it is another one' 'cp -a "$PURSER_HOME" h2 && PURSER_HOME=$TMP/h2 && u incident note "later" -q && u incident evidence --out five --no-pdf -q >/dev/null && ! cmp -s one/manifest.txt five/manifest.txt && grep -q later five/timeline.csv'
check 'what another one was told in the same minute is in the time line too; what a notice says is there once' '
	cp -a "$PURSER_HOME" h5 && PURSER_HOME=$TMP/h5 && u incident notice paypal --by web --at "2026-11-22 02:19" --answer-by 2026-12-03 -q && u case open "the bank" --incident I1 --by post --at "2026-11-22 02:19" --promised 2026-12-04 --text "by letter" -q >/dev/null &&
	u case update paypal --by mail --at "2026-11-22 02:19" --text "and by mail" -q >/dev/null && u incident evidence --out told --no-pdf -q >/dev/null && grep "2026-11-22 02:19" told/timeline.csv >got && test "$(grep -c ",Told," got)" = 3 &&
	grep -q ",the bank,post,.*by letter" got && sed -n "/Who was told/,/Deadlines/p" told/report.html | grep -q "the bank" && grep -q "and by mail" got && grep -q "2026-12-04" got && test "$(grep -c 2026-12-03 got)" = 1'
check '--json' 'u incident evidence --out six --no-pdf --json >out && test "$(field object <out)" = evidence && test "$(field incident <out)" = I1 && test "$(field manifest_sha256 <out)" = "$(sha256sum <six/manifest.txt | cut -d" " -f1)" && test "$(field files <out)" = "$(tar -tf six/evidence.tar | wc -l)" && test "$(field key <out)" = "$(tail -1 six/ek.pub)"'

# ---- what strangers wrote ----
for f in report.html report.zh.html; do
	[ -e one/$f ] || { skip "$f" 'there are no messages in Chinese'; continue; }
	check "$f: no markup of strangers, nothing that steers, nothing to load" '
		! grep -q "<script" one/'$f' && ! grep -qF "<b>leaves" one/'$f' && grep -q "&lt;script&gt;" one/'$f' && ! grep -q "$rlo" one/'$f' && ! grep -q "$esc" one/'$f' && grep -q "default-src .none." one/'$f' && ! grep -qE "(src|href|xlink)[[:space:]]*=|url\(|@import" one/'$f' &&
		perl -MJSON::PP -ne "exit 1 if /[\x00-\x08\x0b-\x1f\x7f]/" one/'$f
done
check 'report: what was taken back is there, struck through, with the reason; what was written while locked says so' '
	grep -q "class=\"gone\"" one/report.html && grep -q "of another day" one/report.html && grep -q "not authenticated" one/report.html && grep -q -- "-409.98 EUR" one/report.html && grep -q "PP-&lt;1&gt;" one/report.html && grep -q "<svg" one/report.html'
check 'report in Chinese' 'grep -q "lang=\"zh-CN\"" one/report.zh.html && grep -q "欺诈" one/report.zh.html && grep -q "lang=\"en\"" one/report.html'
check 'timeline.csv: no cell begins as a formula; amounts stay numbers' '
	perl -ne "exit 1 if /(^|,)\"?[=+\@]/ or /(^|,)\"?-[^0-9]/" one/timeline.csv && grep -qF "'"'"'=HYPERLINK(1)" one/timeline.csv && grep -qF "'"'"'@unknown" one/timeline.csv && grep -qF "'"'"'+49 1" one/timeline.csv && grep -q ",-310.00,EUR," one/timeline.csv && ! grep -q "$rlo" one/timeline.csv'

# ---- only there, and whole ----
check 'a directory that is not empty, a file, a link: 2, and nothing is changed' '
	mkdir full && echo x >full/x && echo f >file && ln -s full link && mkdir empty2 && ln -s empty2 link2 && for d in full file link link2; do expect_exit 2 u incident evidence --out $d --no-pdf 2>err || exit 1; grep -q "is there" err || exit 1; done; test "$(ls full empty2)" = "empty2:

full:
x" && ! ls -d *.partial'
check 'an empty one is taken, also as DIR/' 'mkdir empty && u incident evidence --out empty/ --no-pdf -q >/dev/null && diff -r one empty'
check 'what a run that was cut off left: named, and kept' 'mkdir cut.partial && expect_exit 2 u incident evidence --out cut --no-pdf 2>err && grep -q "cut.partial" err && test -d cut.partial && ! test -e cut'
check 'no --out: 2; a parent that is not there: 1; no incident: 8' 'expect_exit 2 u incident evidence && expect_exit 1 u incident evidence --out no/such/dir 2>err && grep -q "no/such/dir" err && expect_exit 8 u incident evidence I9 --out no && ! test -e no && ! test -e no.partial'
if [ "$(id -u)" = 0 ] && mkdir small ro && mount -t tmpfs -o size=48k tmpfs small 2>/dev/null; then
	mount -t tmpfs -o size=1m tmpfs ro && mount -o remount,ro ro
	check 'a full disk: 1, one line, and nothing stays' 'expect_exit 1 u incident evidence --out small/e --no-pdf 2>err && test "$(grep -c . err)" -le 2 && test -z "$(ls -A small)"'
	check 'a disk that cannot be written: 1, one line' 'expect_exit 1 u incident evidence --out ro/e --no-pdf 2>err && grep -q "ro/e" err'
	umount small ro
else
	skip 'full and read-only disks' 'no mount here'
fi

# ---- the time stamp; openssl plays the authority ----
if have openssl; then
	cat >c.cnf <<-END
	[req]
	distinguished_name=d
	prompt=no
	[d]
	[tsa]
	default_tsa=t
	[t]
	serial=serial
	crypto_device=builtin
	signer_digest=sha256
	default_policy=1.2.3.4
	digests=sha256
	ess_cert_id_chain=no
	[ca]
	basicConstraints=critical,CA:TRUE
	keyUsage=critical,keyCertSign
	[ts]
	basicConstraints=critical,CA:FALSE
	keyUsage=critical,digitalSignature
	extendedKeyUsage=critical,timeStamping
	END
	echo 01 >serial
	{ for r in root bad; do openssl req -x509 -newkey rsa:2048 -nodes -keyout $r.key -out $r.pem -days 30 -subj /CN=$r -config c.cnf -extensions ca; done
		openssl req -new -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj "/CN=Stamp $esc[31m" -config c.cnf
		openssl x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 20 -extfile c.cnf -extensions ts -out tsa.pem
		reply() { openssl ts -reply -config c.cnf -section t -queryfile "$1" -signer tsa.pem -inkey tsa.key -out "$2"; }
		reply one/manifest.txt.tsq good.tsr && reply five/manifest.txt.tsq other.tsr && openssl ts -query -data one/manifest.txt -sha256 -cert -out again.tsq && reply again.tsq again.tsr
	} >out 2>err || cat err
	perl -e 'open F, "<", "good.tsr"; local $/; $_ = <F>; substr($_, length() - 20, 1) ^= "\1"; print' >changed.tsr
	head -c 100 good.tsr >short.tsr; head -c 300000 /dev/zero >big.tsr
	stamp() { u incident evidence --out one --tsr "$1" --tsa-cert "$2"; }
	check 'the request asks for the hash of the manifest, with SHA-256 and certificates' 'openssl ts -query -in one/manifest.txt.tsq -text >out && grep -q "sha256" out && grep -q "Certificate required: yes" out && grep -q "Nonce: 0x" out'
	for x in "other.tsr root.pem other.bytes" "again.tsr root.pem another.request" "good.tsr bad.pem not.signed" "changed.tsr root.pem not.signed" "short.tsr root.pem no.reply" "serial root.pem no.reply" "good.tsr serial no.certificates"; do
		set -- $x
		check "refused with 7, in one line, and nothing is kept: $1 with $2" "expect_exit 7 stamp $1 $2 2>err && grep -q '$3' err && ! test -e one/manifest.txt.tsr && ! test -e one/tsa.pem"
	done
	check 'a reply that is too large is refused' 'expect_exit 7 stamp big.tsr root.pem 2>err && ! test -e one/manifest.txt.tsr'
	check 'of a manifest that was changed, or of another store: refused' '
		cp -a one changed && echo x >>changed/manifest.txt && expect_exit 7 u incident evidence --out changed --tsr good.tsr --tsa-cert root.pem 2>err && grep -q "not signed by this store" err'
	check 'expired by now: refused' 'PURSER_TEST_NOW=$((($(date +%s) + 40 * 86400) * 1000)) expect_exit 7 stamp good.tsr root.pem 2>err'
	check 'a good one is kept with its certificates; openssl verifies it, as VERIFY.txt says' '
		stamp good.tsr root.pem >out && grep -q "Time stamp of 20" out && grep -q "CN=Stamp" out && ! grep -q "$esc" out && cmp good.tsr one/manifest.txt.tsr && cmp root.pem one/tsa.pem && cp root.pem one/ca.pem && (cd one && eval "$(cd .. && line "openssl ts -verify")") && rm one/ca.pem'
	check 'a second time: 2, nothing is changed' 'expect_exit 2 stamp good.tsr root.pem 2>err && cmp good.tsr one/manifest.txt.tsr'
	check '--tsr without --tsa-cert: 2' 'expect_exit 2 u incident evidence --out one --tsr good.tsr'
	mkdir fake && cp -L "$TMP/bin/purser" fake/purser && ln -s "$BUILD/data" fake/data
	check 'a helper that lies, hangs up or is missing: 1, nothing is kept' '
		cp -a two three.d && for x in "exit 0" "printf xxxxxxxxx" "kill -9 \$\$" "exit 3" "exit 77"; do printf "#!/bin/sh\ncat >/dev/null\n%s\n" "$x" >fake/purser-stamp && chmod 755 fake/purser-stamp; expect_exit 1 env PURSER_TEST_LANDLOCK=0 fake/purser --password-file pw incident evidence --out three.d --tsr good.tsr --tsa-cert root.pem 2>err || exit 1; done
		rm fake/purser-stamp; expect_exit 1 env PURSER_TEST_LANDLOCK=0 fake/purser --password-file pw incident evidence --out three.d --tsr good.tsr --tsa-cert root.pem 2>err && ! test -e three.d/manifest.txt.tsr'
	mkfifo question
	"$BUILD/purser-stamp" <question >answer & pid=$!
	exec 9>question
	i=0; while ! grep -q 'Seccomp:.2' /proc/$pid/status && [ $((i += 1)) -lt 100 ]; do perl -e 'select undef, undef, undef, 0.1'; done
	check 'the helper reads its first byte behind a filter of system calls, with no descriptor but its own' '
		grep -q "NoNewPrivs:.1" /proc/$pid/status && grep -q "Seccomp:.2" /proc/$pid/status && grep -qE "Max core file size +0 +0" /proc/$pid/limits && test "$(tr "\0" "\n" </proc/$pid/cmdline | wc -l)" = 1 && { test "$(id -u)" != 0 || test "$(ls /proc/$pid/fd | grep -v 2 | tr "\n" " ")" = "0 1 "; }'
	exec 9>&-
	wait $pid 2>/dev/null
else
	skip 'time stamps' 'openssl IS NOT HERE'
fi

check 'a VERIFY.txt that is cut off or garbled is not signed: 7, one error, nothing is written' '
	mkdir -p alone && cp "$BUILD/purser-test" alone/purser && for how in ": >" "sed -i 60q" "sed -i s/@key@//" "printf \"\033[2J\n# end of VERIFY.txt\n\" >>"; do
		rm -rf alone/data && cp -r "$BUILD/data" alone/ && eval "$how alone/data/verify.txt" && expect_exit 7 alone/purser --password-file pw --no-input incident evidence --out noverify --no-pdf 2>err && grep -q "verify.txt:[0-9]*: " err && ! test -e noverify && ! test -e noverify.partial || exit 1
	done'

# ---- PDF ----
if [ "${MODE:-release}" = asan ]; then skip 'PDF' 'weasyprint is not what a sanitizer looks at: make check without MODE'
elif have weasyprint; then
	check 'PDF: for reading, signed by itself, in neither manifest nor archive' '
		u incident evidence --out pdf -q >/dev/null 2>err && head -c 5 pdf/report.pdf | grep -q "%PDF-" && ! grep -q pdf pdf/manifest.txt && ! tar -tf pdf/evidence.tar | grep -q pdf && rm -rf cmp && mkdir cmp && cp -a pdf/. cmp && rm cmp/*.pdf* && diff -r two cmp'
	check 'a report that is too long for a PDF: one line, at once' '
		cp -a "$PURSER_HOME" h6 && PURSER_HOME=$TMP/h6 && for i in $(seq 160); do u incident note "$(head -c 1900 /dev/zero | tr "\0" "x") $i" -q >/dev/null || exit 1; done; timeout 20 purser --password-file pw --no-input incident evidence --out long >out 2>err &&
		test "$(grep -c "too long" err)" = 1 && ! test -e long/report.pdf && test -s long/report.zh.html'
	check 'killed in the middle: only a directory that says that it is not complete' '
		cp -a "$PURSER_HOME" h4 && PURSER_HOME=$TMP/h4; purser --password-file pw --no-input incident evidence --out killed >/dev/null 2>&1 & pid=$!; i=0; while ! test -e killed.partial/report.pdf && [ $((i += 1)) -lt 300 ]; do perl -e "select undef, undef, undef, 0.05"; done
		kill -9 $pid; wait $pid; test -d killed.partial && ! test -e killed'
	if have minisign; then check 'PDF: its signature' 'cd pdf && for f in report*.pdf; do minisign -V -p ek.pub -m $f || exit 1; done'; fi
	if [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ] && [ -e one/report.zh.html ]; then check 'PDF: in Chinese' 'test -s pdf/report.zh.pdf'; else skip 'PDF: in Chinese' 'NO FONT with Chinese characters'; fi
else
	skip 'PDF' 'weasyprint IS NOT HERE'
fi
if unshare -m sh -c 'test ! -e /usr/bin/weasyprint || mount --bind /dev/null /usr/bin/weasyprint' 2>/dev/null; then
	check 'without weasyprint: one line that names the package, and everything else' '
		cp -a "$PURSER_HOME" h3 && PURSER_HOME=$TMP/h3 && unshare -m sh -c "test ! -e /usr/bin/weasyprint || mount --bind /dev/null /usr/bin/weasyprint; purser --password-file pw --no-input incident evidence --out nopdf" >out 2>err &&
		test "$(grep -c "install weasyprint" err)" = 1 && ! test -e nopdf/report.pdf && diff -r two nopdf'
else
	skip 'without weasyprint' 'NO MOUNT here'
fi
finish
