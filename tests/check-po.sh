#!/bin/sh
# check-po.sh: every message of the sources is translated, none is fuzzy, formats agree; what lacks is printed. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT INT TERM
n=0 bad=0
is_ok() { n=$((n + 1)); if [ "$2" = 0 ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; printf '%s\n' "${3:-}" | head -400 | sed 's/^/# /'; fi; }

po/messages "$tmp/purser.pot" 2>"$tmp/err"; is_ok 'messages can be taken from the sources' $? "$(cat "$tmp/err")"
count=$(grep -c '^msgid ' "$tmp/purser.pot"); [ "$count" -gt 50 ]; is_ok "there are $((count - 1))" $?
# A text that nobody could translate: pieces glued together by printf are found by their lone words at the edges.
for po in po/*.po; do
	l=$(basename "$po" .po)
	out=$(msgfmt --check --output-file="$tmp/$l.mo" "$po" 2>&1); is_ok "$l: formats agree with the originals" $? "$out"
	out=$(msgattrib --only-fuzzy --no-obsolete "$po" | grep '^msgid' ); [ -z "$out" ]; is_ok "$l: nothing is fuzzy" $? "$out"
	msgmerge --quiet --no-fuzzy-matching --no-wrap -o "$tmp/$l.po" "$po" "$tmp/purser.pot" 2>"$tmp/err"; is_ok "$l: can be merged" $? "$(cat "$tmp/err")"
	out=$(msgattrib --untranslated --no-obsolete --no-wrap "$tmp/$l.po" | grep -v '^#' | sed -n '/^msgid/,/^$/p' | grep -v '^msgid ""$\|^msgstr\|^$')
	[ -z "$out" ]; is_ok "$l: every message is translated ($(printf '%s' "$out" | grep -c .) lack)" $? "$out"
	out=$(msgattrib --only-obsolete --no-wrap "$tmp/$l.po" | grep '^#~ msgid' | grep -v '^#~ msgid ""'); [ -z "$out" ]; is_ok "$l: no message is left over ('make po' drops them)" $? "$out"
	# A Chinese catalogue that answers in English.
	case $l in zh*) out=$(msgattrib --translated --no-obsolete --no-wrap "$po" | perl -00 -ne '
		my ($s) = /^msgstr (.*)\z/ms or next; my ($i) = /^msgid (.*?)^msgstr/ms; next if $i =~ /^""$/m and $i !~ /^".+"$/m; $i =~ s/%\S//g;
		print "$s" unless $s =~ /[^\x00-\x7f]/ or $i !~ /[a-z]{3} [a-z]{3}/'); [ -z "$out" ]; is_ok "$l: no sentence is left in English" $? "$out" ;;
	esac
done
echo "1..$n"
exit $bad
