#!/bin/sh
# Questions: on the terminal and never on stdin, the options that answer them, signals, the kit ritual. Through probe, which is
# the frame of cmd/ with a table of questions.
. "${0%/*}/lib.sh"
probe() { no_terminal "$PROBE" "$@"; }

check 'answers come from descriptors, one line each, also from the same one' '
	printf "pw\nnew pw\n123456\nrest\n" | { probe both --password-fd 0 --new-password-fd 0 --code-fd 0 >out && cat >rest; } &&
	test "$(tr "\n" "|" <out)" = "old 2|pw|new 6|new pw|code 6|123456|" && test "$(cat rest)" = rest'
check 'a line may lack its line break, end in CR LF, be empty, have 4,096 bytes but no more' '
	size() { probe password --password-fd 0 | sed -n "s/^password //p" | head -1; }
	test "$(printf pw | size)" = 2 && test "$(printf "pw\r\nx" | size)" = 2 && test "$(echo | size)" = 0 &&
	test "$(head -c 4096 /dev/zero | tr "\0" x | size)" = 4096 &&
	head -c 4097 /dev/zero | tr "\0" x | expect_exit 2 probe password --password-fd 0'
check 'a password file; a missing one is 2, a descriptor without a line 5, one that is not open 2' '
	printf "pw\nmore\n" >f && probe password --password-file f | grep -qx "password 2" &&
	expect_exit 2 probe password --password-file none && expect_exit 5 probe password --password-fd 3 3</dev/null &&
	expect_exit 2 probe password --password-fd 9'
check 'nobody to ask: 5 for the own password, 2 naming the option for everything else' '
	expect_exit 5 probe password 2>err && grep -q -e "--password-fd N" err && grep -q "purser unlock" err &&
	expect_exit 2 probe new 2>err && grep -q -e "--new-password-fd N is missing" err &&
	expect_exit 2 probe yes 2>err && grep -q -e "--yes" err && expect_exit 2 probe key 2>err && grep -q -e "--done" err &&
	expect_exit 2 probe confirm wallet 2>err && grep -q -e "--confirm wallet" err && expect_exit 2 probe text'
check '--no-input says the same on a terminal, and asks nobody' '
	terminal "exit 5" "$PROBE" password --no-input && terminal "exit 2" "$PROBE" yes --no-input &&
	terminal "expect --confirm wallet
		exit 2" "$PROBE" confirm wallet --no-input &&
	PURSER_ASKPASS=/bin/false expect_exit 5 probe password --no-input'
check 'a prompt is on the terminal, neither on stdin nor stdout nor stderr; echo is off' '
	terminal "expect Password:
		echo off
		send hunter2\r
		exit 0
		never hunter2" sh -c "echo no | \"\$PROBE\" password >out 2>err" &&
	test "$(tr "\n" "|" <out)" = "password 7|hunter2|" && test ! -s err'
check 'Backspace takes a whole character, Ctrl-U the line, arrow keys are nothing' '
	terminal "expect Password:
		send x\x15a\xe4\xb8\xad\x7fb\e[Ac\r
		exit 0" sh -c "\"\$PROBE\" password >out" && sed -n 2p out | grep -qx abc'
check 'Ctrl-C ends as by signal 2, echo is back, nothing is answered' '
	terminal "expect Password:
		send abc\x03
		expect back
		echo on
		exit 130" sh -c "trap : INT; \"\$PROBE\" password >out; s=\$?; echo back; exit \$s" && test ! -s out'
check 'a stop gives the terminal back; continued, the question comes again and what was typed is forgotten' '
	terminal "expect Password:
		send abc\x1a
		expect stopped
		echo on
		send x\n
		expect Password:
		echo off
		send xy\r
		expect password 2
		exit 0" sh -mc "\"\$PROBE\" password; echo stopped; read x; fg >fg"'
check 'SIGTERM and SIGHUP at a prompt end with 143 and 129' '
	for n in 15 1; do terminal "expect Password:
		signal $n
		exit $((128 + n))" "$PROBE" password || exit 1; done'
check 'end of file at a prompt is no answer' '
	terminal "expect Password:
		send \x04
		expect no answer
		exit 2" "$PROBE" password'
check 'a new password is asked twice, and again when the two differ; an empty one once' '
	terminal "expect New password
		send abc\r
		expect Again:
		send abd\r
		expect They differ
		expect New password
		send abc\r
		expect Again:
		send abc\r
		expect new 3
		exit 0" "$PROBE" new && terminal "expect New password
		send \r
		expect new 0
		exit 0" "$PROBE" new'
check 'a passphrase is typed back until it is right' '
	terminal "expect Type it:
		send nope\r
		expect That is not it
		expect Type it:
		send velvet otter\r
		expect typed
		exit 0" "$PROBE" again "velvet otter"'
check 'PURSER_ASKPASS answers where there is no terminal; its failure is 5' '
	printf "#!/bin/sh\necho \"\$1\" >asked\necho from askpass\n" >ask && chmod +x ask &&
	PURSER_ASKPASS=./ask probe password >out && grep -qx "from askpass" out && grep -q "^Password: " asked &&
	PURSER_ASKPASS=/bin/false expect_exit 5 probe password && PURSER_ASKPASS=/nonexistent expect_exit 5 probe password'
check 'a value: stdin when it is no terminal, its last line break dropped; empty or too long is 2' '
	printf "line 1\nline 2\n" | probe value >out && head -1 out | grep -qx "value 13" &&
	expect_exit 2 probe value </dev/null && printf "\n" | expect_exit 2 probe value &&
	head -c 101 /dev/zero | expect_exit 2 probe value && terminal "expect Value:
		send typed\r
		expect value 5
		exit 0" "$PROBE" value'
check 'yes and no, in two languages, by Enter and by --yes' '
	terminal "expect [y/N]
		send maybe\r
		expect [y/N]
		send y\r
		expect yes
		exit 0" "$PROBE" yes &&
	answer() { terminal "expect ${4:-[y/N]}
		send $1\r
		expect $2
		exit 0" "$PROBE" yes ${3:-}; }
	answer "" no && answer "" yes x "[Y/n]" && answer 是 yes && answer 否 no x "[Y/n]" && answer YES yes && probe yes --yes | grep -qx yes'
check 'a name confirms, --yes does not; another name changes nothing' '
	probe confirm wallet --confirm wallet | grep -qx confirmed && expect_exit 2 probe confirm wallet --yes &&
	expect_exit 2 probe confirm wallet --confirm other && terminal "expect Type wallet
		send wallet\r
		expect confirmed
		exit 0" "$PROBE" confirm wallet && terminal "expect Type wallet
		send yes\r
		expect not confirmed
		exit 2" "$PROBE" confirm wallet --yes'
check 'one key chooses, others are ignored' '
	terminal "expect [o/n/d/a/l]
		send xz
		send D
		expect key d
		exit 0" "$PROBE" key'

# The kit ritual. The words are made by the probe; the script learns them from its stdout, as a person from paper.
ritual() { terminal "expect fingerprint
	send \\r
	expect 1-5
	$1
	expect Kit verified.
	exit 0" sh -c '"$PROBE" ritual >words'; }
w() { cut -d' ' -f"$1" words; }
check 'the kit: shown on the alternate screen, cleared with its scrollback, typed back' '
	terminal "expect \e[?1049h\e[2J\e[3J
		expect 20 
		expect fingerprint 7K3M-Q2XD-90HT-VB4E
		send \r
		expect \e[2J\e[3J\e[H\e[?1049l
		expect 1-5
		words words
		send \r
		expect Kit verified.
		exit 0" sh -c "\"\$PROBE\" ritual >words" && test "$(wc -w <words)" = 20'
check 'finished lines are masked: no word is left in what a line shows last' '
	sed "1,/1049l/d" t | tr -d "\n" | sed "s/ok/ok\n/g" | sed "s/.*\r//" >left && grep -c "…   ok" left | grep -qx 3 &&
	for i in 1 2 10 20; do ! grep -qw -e "$(w $i)" left || exit 1; done'
check 'four letters and a space suffice, case is ignored, line breaks are blanks' '
	ritual "$(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo "send $(w $i | cut -c1-4 | tr a-z A-Z)$([ $((i % 2)) = 0 ] && echo " " || echo "\r")"; done)"'
check 'a word that is not in the list is named at once with its number, never corrected' '
	ritual "send $(w 1) lenght 
		expect \"lenght\" is no kit word. Look at word 2 on your paper.
		send $(w 2-20)\r"'
check 'a word of the list in the wrong place is named too' '
	ritual "send $(w 1) zero 
		expect \"zero\" is not word 2.
		send $(w 2-20)\r"'
check 'Backspace crosses words and lines' '
	ritual "send $(w 1-5) 
		expect 6-10
		send xy\x7f\x7f\x7f
		expect 1-5
		send $(w 5 | sed "s/./\\\\x7f/g")\x7f\x7f
		send $(w 4 | sed "s/.*\(.\)\$/\1/") $(w 5-20)\r"'
check 'Ctrl-C while the words are shown clears them; while they are typed there is no kit yet' '
	terminal "expect fingerprint
		send \x03
		expect \e[2J\e[3J\e[H\e[?1049l
		exit 130" "$PROBE" ritual && terminal "expect fingerprint
		send \r
		expect 1-5
		send genre aca\x03
		exit 130
		never verified" "$PROBE" ritual'
check 'recovery: no word is known beforehand, the checksum tells, words are typed again' '
	cp words right && sed "s/^\([^ ]*\) \([^ ]*\)/\1 zero/" right >wrong && terminal "expect 1-5
		words wrong
		send \r
		expect Number of the word
		send 2\r
		expect 1-5
		send $(cut -d" " -f2- right)\r
		expect Fingerprint on the paper
		send short\r
		expect 16 letters
		expect Fingerprint
		send 7k3m q2xd9oht-vb4e\r
		expect fingerprint 7K3M-Q2XD-90HT-VB4E
		exit 0" "$PROBE" type'
check 'a kit from a descriptor: comments, a fingerprint line; a wrong word is 3, none is 2' '
	{ echo "# sheet"; echo; cat right; echo "fingerprint 7K3M-Q2XD-9OHT-VB4E"; } | probe kitfd --kit-fd 0 >out &&
	head -1 out | grep -qx "1 shares, fingerprint .7K3M-Q2XD-90HT-VB4E." && sed -n 2p out | cmp - right &&
	expect_exit 3 probe kitfd --kit-fd 0 <wrong && expect_exit 2 probe kitfd --kit-fd 0 </dev/null'

# The process itself.
check 'the environment is cut to what matters, descriptors stay with us' '
	SECRET_TOKEN=x LD_PRELOAD= PURSER_X=1 probe env >out 9</dev/null && ! grep -q -e SECRET_TOKEN -e LD_PRELOAD out &&
	grep -q "^PURSER_X=1" out && ! grep -q " 9 ->" out'
check 'no core file, no new privileges, umask 077' '
	mkfifo hold || exit 1
	"$PROBE" password --password-fd 0 <hold >out & pid=$!
	exec 3>hold; sleep 0.3
	grep -q "^NoNewPrivs:.1" /proc/$pid/status && grep -q "^Umask:.0077" /proc/$pid/status &&
	grep -q "^Max core file size *0 *0" /proc/$pid/limits; r=$?; echo >&3; exec 3>&-; wait; exit $r'
check 'closed descriptors 0 to 2 are not taken by files' '
	expect_exit 1 probe self <&- >&- 2>err && grep -q "cannot write" err && probe self 2>&- | grep -q vault'
check 'directories: --home, PURSER_HOME, XDG, HOME; a relative XDG directory is ignored' '
	probe self --home sub | grep -qx "vault $TMP/sub/vault" && probe self | grep -qx "device $TMP/home/device" && unset PURSER_HOME &&
	probe self | grep -qx "vault $TMP/.local/share/purser" && probe self | grep -qx "device $TMP/.local/state/purser" &&
	XDG_DATA_HOME=/x/y XDG_STATE_HOME=rel probe self | tr "\n" " " | grep -q "vault /x/y/purser device $TMP/.local/state/purser"'
if [ "$(id -u)" = 0 ]; then
	check 'root in the directory of another user is refused: 2; not where the command allows it' '
		mkdir theirs && chown 65534 theirs && expect_exit 2 probe self --home theirs 2>err && grep -q "another user" err &&
		expect_exit 2 probe self --home theirs/new && probe anyone --home theirs | grep -q vault'
else
	skip 'root in the directory of another user' 'not run by root'
fi
check 'a long table into head: quiet, and ended by signal 13' '
	{ probe many 2>err; echo $? >status; } | head -2 >out; test "$(wc -l <out)" = 2 && test ! -s err && grep -qx 141 status'
check 'a table without a terminal is whole and has no colours' '
	probe many >out && test "$(wc -l <out)" = 200001 && ! grep -q "$(printf "\033")" out'
check 'on a terminal the pager gets it, with colours; leaving it early is fine' '
	printf "#!/bin/sh\nhead -3 >seen\n" >bin/first && chmod +x bin/first && PAGER=first terminal "exit 0" "$PROBE" many &&
	test "$(wc -l <seen)" = 3 && grep -q "$(printf "\033\\[32m")line" seen'
check 'NO_COLOR, TERM=dumb: no colours; without a pager the program prints by itself' '
	for e in NO_COLOR=1 TERM=dumb; do PAGER=/nonexistent terminal "exit 0" env $e "$PROBE" many && grep -q "199999  line" t &&
		! grep -q "$(printf "\033")" t || exit 1; done'
finish
