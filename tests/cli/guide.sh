#!/bin/sh
# The offline help centre: without a store, in two languages, by name and by words; only what is confirmed instructs.
. "${0%/*}/lib.sh"
purser guide --json >all
field topic <all >topics

check 'all topics by group, without a store, a terminal or a home directory that exists' '
	no_terminal purser guide --no-input </dev/null >out 2>err && test ! -s err && test ! -e "$PURSER_HOME" && grep -q "^When something happens" out &&
	grep -q "^  money-leaving  *Money is leaving" out && test $(grep -c "^  [a-z]" out) -ge 45 && test $(wc -l <topics) -ge 45'
check 'every topic is shown, in both languages: answer, do, see also, source with date' '
	while read -r t; do purser guide $t >en 2>err && purser --lang zh guide $t >zh && test ! -s err && grep -q "^DO NOW:" en && grep -q "^  1 " en &&
		grep -q "^SEE ALSO:" en && tail -1 en | grep -q "confirmed, checked on 20[0-9-]*: " && ! cmp -s en zh || { echo "$t"; exit 1; }; done <topics'
check 'a card that happens to somebody says what not to do first' '
	purser guide phone-lost >out && test "$(grep -n "^DO NOT:" out | cut -d: -f1)" -lt "$(grep -n "^DO NOW:" out | cut -d: -f1)"'
check 'each command below SEE ALSO is one that the program has' '
	purser help --list | awk -F"\t" "\$1 != \"option\" { print \$2 }" >known &&
	for t in $(cat topics); do purser guide $t --json; done | perl -MJSON::PP -ne "print map { \"\$_\n\" } @{JSON::PP->new->utf8->decode(\$_)->{see}}" |
	sort -u >see && test $(wc -l <see) -gt 40 &&
	while read -r p c s rest; do test "$p" = purser || exit 1
		case $c in guide) grep -qx -e "$s" topics || exit 1; continue ;; esac
		grep -qx -e "$c" known || { echo "$c"; exit 1; }
		case $s in [a-z]*) if grep -q "^$c " known; then grep -qx "$c $s" known || { echo "$c $s"; exit 1; }; fi ;; esac; done <see'
check 'facts keep source, date and status: only a confirmed one is an instruction, an unconfirmed one has no number' '
	for t in $(cat topics); do purser guide $t --json; done | perl -MJSON::PP -ne "
		for (@{JSON::PP->new->utf8->decode(\$_)->{facts}}) { \$n++; \$r += \$_->{status} ne \"confirmed\";
			\$bad++ if (\$_->{status} eq \"confirmed\") != !!\$_->{instruction} or length \$_->{source} < 6 or \$_->{checked} !~ /^20..-..-..\$/;
			\$bad++ if \$_->{status} eq \"unconfirmed\" and defined \$_->{value}; } END { exit !(\$n > 90 && \$r > 10 && !\$bad) }"'
check 'as text a reported fact says so first, and each has its source below' '
	for t in $(cat topics); do purser guide $t; done >out && grep -q "^    Reported, check yourself: .*110\$" out && grep -q "^    Not confirmed, check yourself: " out &&
	perl -ne "if (\$want && !/^      [a-z ]+, checked on 20..-..-../) { \$bad = 1 } \$want = /^    (Stop it|Report|Reach|Tell|Then|Say|Never|Good|In time|Not conf)/; END { exit \$bad }" out'
check 'a deadline says how long and from when' '
	purser guide unknown-payment >out && grep -q "In time (EEA), 13 months from the payment: " out && grep -q "In time (US), 60 days from the statement: " out'
check 'an unknown topic: 8, with the near ones or where the words lead' '
	expect_exit 8 purser guide phone-lots 2>err && grep -q "Near: phone-lost" err && expect_exit 8 purser guide bitcoin 2>err && grep -q "Near: crypto-wrong" err &&
	expect_exit 8 purser guide xyzzyq 2>err && grep -q "no topic" err && ! grep -q Near err && grep -q "purser guide --search" err &&
	expect_exit 8 purser guide xyzzyq --json 2>err && tail -1 err | field name | grep -qx not-found'
check 'a topic by its title, in either language' '
	purser guide "the sim STOPPED working" >a && purser guide sim-dead >b && cmp a b && purser guide 二维码骗局 >a && purser guide qr-code >b && cmp a b'
check '--search: a line a hit, title before text, English and Chinese whatever the language of the session' '
	purser guide --search "phone stolen" >out && head -1 out | grep -q "^  phone-lost " && purser guide --search 屏幕共享 >out && head -1 out | grep -q "^  cn-screen-share " &&
	purser --lang zh guide --search "sim swap" >out && head -1 out | grep -q "^  sim-dead .*手机突然没有信号" &&
	purser --lang zh guide --search "钱被转走了怎么办" >out && head -1 out | grep -q "^  money-leaving .*钱正在被转走" && test $(wc -l <out) -le 12'
check '--search --json: objects with the line that was found, best first' '
	purser guide --search "safe account" --json >out && head -1 out | field topic | grep -qx safe-account && field score <out >s && sort -rn s | cmp - s &&
	field line <out | head -1 | grep -q "safe account" && test $(field object <out | sort -u) = guide'
check 'nothing found: 8; two questions at once: 2' '
	expect_exit 8 purser guide --search xyzzyq 2>err && grep -q "nothing about" err && expect_exit 8 purser guide --search "" 2>err &&
	expect_exit 2 purser guide freeze --search x && expect_exit 2 purser guide a b'
check 'what steers a terminal is not echoed' '
	expect_exit 8 purser guide "$(printf "a\033[2Jb\342\200\256")" 2>err && ! grep -q "$(printf "\033")" err && ! grep -q "$(printf "\342\200\256")" err'
check "a user's own fact stands in the guide, as their own; an old one is marked" '
	mkdir -p "$PURSER_HOME" && printf "%s\n" "fact: SM-01" "of: sim" "kind: freeze" "by: phone" "en: my operator" "value: +49 30 1112223" "source: my contract" "checked: 2026-11-01" \
		"status: confirmed" >"$PURSER_HOME/providers.txt" && purser guide sim-dead >out && grep -q "my operator  +49 30 1112223" out && grep -q "your own entry" out &&
	rm -r "$PURSER_HOME" && PURSER_TEST_NOW=1811548800000 purser guide sim-dead >out && grep -q "older than 180 days" out'
check 'locked and frozen it is the same' '
	echo "correct horse" >pw && purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit && purser guide freeze >a && purser freeze -q >/dev/null &&
	purser guide freeze >b && cmp a b'
check 'without the data file: one clear error' '
	mkdir -p bare/data && cp "$(readlink -f "$(command -v purser)")" bare/purser && expect_exit 8 bare/purser guide 2>err && test $(wc -l <err) = 1 &&
	printf "group: g\nen: a\nzh: b\n" >bare/data/guide.txt && expect_exit 7 bare/purser guide 2>err && grep -q "guide.txt:1: " err'
check 'at a terminal it is paged' '
	PAGER="sed s/^/P:/"; export PAGER; terminal "expect P:  money-leaving
		exit 0" purser guide && terminal "expect P:  1 
		exit 0" purser guide freeze'
finish
