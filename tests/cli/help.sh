#!/bin/sh
# Help on every level, the list for programs, exit status, typos, and what holds for every command of the table.
. "${0%/*}/lib.sh"

purser help --list >list 2>/dev/null
cut -f1,2 list | sed -n 's/^command.//p' >commands
cut -f1,2 list | sed -n 's/^subcommand.//p' >subcommands

check 'help: at most 45 lines of at most 80 columns on stdout, nothing on stderr' '
	purser help >out 2>err && test ! -s err && test "$(wc -l <out)" -le 45 && test -s out && ! grep -E "^.{81}" out'
check '--help and -h are the same' '
	purser help >a && purser --help >b && purser -h >c && cmp a b && cmp a c'
check 'every command of the table is in help, but for the quiet ones' '
	grep -v -x -e version -e rekey -e score commands | while read -r c; do
		purser help | grep -q "^  $c " || { echo "$c is missing"; exit 1; }; done'
check 'every command and subcommand explains itself, in 80 columns, also by --help' '
	cat commands subcommands | while read -r c; do
		purser help $c >a 2>err && purser $c --help >b && cmp a b && test ! -s err &&
			head -1 a | grep -q "^purser $c - " && grep -q "^Usage:" a || { echo "$c"; exit 1; }
		! grep -v "^  purser " a | grep -E "^.{81}" || { echo "$c is too wide"; exit 1; }; done'
check 'examples come first' '
	while read -r c; do
		purser help $c | grep -m1 -E "^[A-Z][a-z]+:\$" | grep -q -e "^Examples:" -e "^Usage:" || { echo "$c"; exit 1; }; done <commands'
check 'every example begins with purser and names a command of the table' '
	cat commands subcommands | while read -r c; do
		purser help $c | sed -n "/^Examples:/,/^\$/p" | sed -n "s/^  purser //p" | while read -r w rest; do
			grep -qx -e "$w" commands || case $w in -*) ;; *) echo "$c: purser $w"; exit 1 ;; esac; done || exit 1; done'
check 'help exit-status lists 0 to 10' '
	purser help exit-status >out && test "$(sed -n "s/^ *\([0-9][0-9]*\)  \([a-z-]*\) .*/\1\2/p" out | tr "\n" " ")" = \
		"0ok 1failed 2usage 3auth 4frozen 5locked 6damaged 7input 8not-found 9busy 10findings "'
check 'help options lists what every command accepts' '
	purser help options >out && grep -q -e "--password-fd N" out && grep -q -e "-q, --quiet" out && ! grep -q complete-names out'
check 'help --list has fields with tabs: kind, command, ...' '
	! grep -v -E "^(command|subcommand)	[^	]+	[^	]*	[^	]+$|^option	[^	]*	--[a-z0-9-]+	(-[A-Za-z])?	[^	]*	(optional)?	[^	]+$" list'
check 'no option has a short letter twice within a command' '
	awk -F"\t" "\$1 == \"option\" && \$4 != \"\" { print \$2 \"\t\" \$4; if (\$2 != \"\" && seen[\"\t\" \$4]) print \"global \" \$0 }
		\$1 == \"option\" && \$2 == \"\" { seen[\"\t\" \$4] = 1 }" list | sort | uniq -d | { ! grep . ; }'
check 'help on nothing known: 2 with the near ones' '
	expect_exit 2 purser help verison 2>err && grep -q "Near: version" err && ! expect_exit 0 purser help xyzzy 2>/dev/null'
check 'help --json is one object' '
	purser help --json | field object | grep -qx help && test "$(purser --json help version | wc -l)" = 1 &&
	purser --json --version | field version | grep -qx "[0-9.]*"'
check 'version' '
	purser --version | grep -qx "purser [0-9.]*" && purser version | grep -qx "purser [0-9.]*"'
check 'a typo suggests and does nothing: 2' '
	expect_exit 2 purser verison >out 2>err && test ! -s out && grep -q "no command \"verison\"" err && grep -q "Near: version" err'
check 'a near miss of freeze says that nothing was frozen' '
	grep -qx freeze commands || exit 0
	for w in frezee panic frez FREEZE freez frreeze emergency; do
		expect_exit 2 purser $w >out 2>err && test ! -s out && grep -q "Nothing was frozen. Type: purser freeze" err || exit 1; done
	expect_exit 2 purser freeze --reson x 2>err && grep -q "Nothing was frozen" err && test ! -e home'
check 'with --json the last line on stderr is the error' '
	expect_exit 2 purser --json verison 2>err && tail -1 err | field name | grep -qx usage && tail -1 err | field exit | grep -qx 2 &&
	tail -1 err | field object | grep -qx error && tail -1 err | field next | grep -q version &&
	expect_exit 2 purser verison --json 2>err && tail -1 err | field object | grep -qx error'
check 'a full disk is 1 and said; a closed stdout too' '
	expect_exit 1 purser help >/dev/full 2>err && grep -q "cannot write" err && expect_exit 1 purser help >&- 2>err && grep -q "cannot write" err'
check 'a closed pipe is quiet, as signal 13' '
	{ purser help --list 2>err; echo $? >status; } | true; test ! -s err && test "$(cat status)" = 141 -o "$(cat status)" = 0'
check 'an unknown zone is 2' '
	expect_exit 2 "$PROBE" --tz Middle/Earth self 2>err && grep -q "no zone" err'
check 'zones: by name, UTC, by offset' '
	for z in UTC +08:00 -3 +0530; do "$PROBE" --tz $z self >/dev/null 2>err; echo "$z $?"; done >out; tr "\n" " " <out | grep -qx "UTC 0 +08:00 0 -3 0 +0530 2 "'
check '--complete-names prints no message and asks nothing, whatever is wrong' '
	purser --home /nonexistent/x --complete-names account >out 2>err && test ! -s out && test ! -s err &&
	HOME= PURSER_HOME= purser --complete-names account >out 2>err && test ! -s err'

# --lang and the locale: in C, where no Chinese locale is generated, and by the environment alone.
check '--lang zh works under LC_ALL=C' '
	purser --lang zh help | grep -q "只保存在这台电脑上" && purser help --lang=zh exit-status | grep -q "成功"'
check 'LANG=zh_CN.UTF-8 alone is enough, generated or not; --lang en wins' '
	LC_ALL= LANG=zh_CN.UTF-8 purser help | grep -q "这台电脑" && LC_ALL= LANG=zh_CN.UTF-8 purser --lang en help | grep -q "this computer" &&
	LC_ALL=zh_CN.UTF-8 purser verison 2>&1 | grep -q "没有命令"'
check 'LC_ALL=C speaks English; so does a locale that is not Chinese' '
	purser help | grep -q "this computer" && LC_ALL=de_DE.UTF-8 purser help | grep -q "this computer"'
check 'Chinese help fits 80 columns and 45 lines too' '
	purser --lang zh help >out && test "$(wc -l <out)" -le 45'
check 'machine output is the same in every language' '
	purser help --list >a && purser --lang zh help --list >b && cmp a b &&
	purser --lang zh --json verison 2>&1 | field name | grep -qx usage'
finish
