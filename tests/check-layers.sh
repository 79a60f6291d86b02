#!/bin/sh
# check-layers.sh: rules of the house that a compiler does not know, as TAP. Each rule is a function that looks at the tree
# in the current directory and prints what offends it, one "file:line: text" a line. Before the real tree is judged, every
# rule must find the fault that is planted for it in a scratch tree, and nothing in the clean one.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT INT TERM
rooms='base crypto wallet statement helper store agent cmd'      # a room includes itself and those before it
n=0 bad=0

sources() { find ${WHERE:-$rooms} -name '*.[ch]' 2>/dev/null | sort; }

# Comments (and, with -s, the insides of strings) blanked; lines stay where they are; each line as file:line:text.
code() {
	sources | grep -E "${1:-.}" | xargs -r perl -e '
		for my $f (@ARGV) {
			local $/; open my $h, "<", $f or die; $_ = <$h>;
			s{("(?:\\.|[^"\\\n])*")|(\x27(?:\\.|[^\x27\\\n])*\x27)|(/\*.*?\*/)|(//[^\n]*)}{
				my ($s, $c, $b, $l) = ($1, $2, $3, $4);
				defined $s ? ($ENV{STRINGS} ? $s : "\"\"") : defined $c ? "\x270\x27" : defined $b ? "\n" x ($b =~ tr/\n//) : "" }gse
				unless $ENV{STRINGS};
			s{(/\*.*?\*/)}{ "\n" x (($1) =~ tr/\n//) }gse if $ENV{STRINGS};
			my $i = 0; print "$f:", ++$i, ":$_\n" for split /\n/;
		}'
}
where() { grep -E "^[^:]*:[0-9]+:.*($1)"; }

rule_direction() {
	STRINGS=1 code | perl -ne '
		BEGIN { my $i = 0; %rank = map { $_ => $i++ } qw(base crypto wallet statement helper store agent cmd); }
		next unless m{^(\w+)/[^:]*:\d+:\s*#\s*include\s+"(\w+)/}; next unless exists $rank{$2};
		print if $rank{$2} > $rank{$1};'
}
only_in() { STRINGS=1 code | grep -Ev "^($1)[^:]*:" | grep -E "^[^:]*:[0-9]+:[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)"; }
rule_sqlite_room() { only_in 'store/' 'sqlite3'; }
rule_crypto_room() { only_in 'crypto/' 'sodium|argon2|openssl/'; }
rule_statement_room() { only_in 'statement/' 'zip\.h|expat|seccomp\.h'; }
# The heavy libraries: in the programs beside purser only, never in what is linked into it.
rule_helper_room() { only_in 'helper/prog_' 'qrencode|zbar|png\.h|jpeglib|fido|unicode/|idn2|libpsl|nettle'; }
rule_terminal_room() { only_in 'cmd/' 'n?curses|term\.h>|termios\.h|readline'; }
rule_silence_below_cmd() {
	code '^(base|crypto|wallet|statement|helper|store|agent)/' | grep -v '^statement/reader\.c:' |
		where '\b(printf|puts|putchar|vprintf|perror|err|errx|warn|warnx|exit)[[:space:]]*\(|\b(stdout|stderr)\b'
}
rule_no_unbounded_calls() {
	WHERE="$rooms tests" code | where '\b(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|atoi|atol|atoll|atof|strtok|system|popen|mktemp|tmpnam|tempnam|alloca)[[:space:]]*\('
}
rule_one_aead() {
	code | grep -Ev '^crypto/(seal|page)\.c:' | where '\bcrypto_(aead|secretbox|stream|onetimeauth)_|\bEVP_(En|De)crypt'
}
# Tags, commitments and keys are compared in constant time: same_bytes().
rule_sodium_compare() {
	code '^(crypto|store|agent)/' | where '\bmemcmp[[:space:]]*\([^;]*(\b|_)(tag|mac|mtag|umac|commit|commitment|secret|digest|lk|sk)\b'
}
rule_no_floating_point() {
	code '^(wallet|statement|store|crypto|agent)/' | where '\b(double|float|strtod|strtof|lround|pow|log2)\b'
}
rule_labels() {
	# Each purpose of the KDF belongs to one module (log.c and log_read.c are one), and no label or prefix is spelt out
	# anywhere else. The key pair of the log's boxes is made in two: `keys` publishes it, the log opens with it.
	code '\.c$' | grep -v '^crypto/kdf\.c:' | grep -oE '^[^:]*:[0-9]+:|\bL_[A-Z]+(_[A-Z]+)*\b' |
		perl -ne 'chomp; if (/^([^:]*):/) { $f = $1; $f =~ s/_\w+(?=\.c$)//; } elsif (!$seen{$_}{$f}++) { push @{$in{$_}}, $f }
			END { for (sort keys %in) { print "$_ is used in @{$in{$_}}\n" if @{$in{$_}} > 1 and "$_ @{$in{$_}}" ne "L_LOG_BOX store/keysfile.c store/log.c" } }'
	STRINGS=1 code '\.[ch]$' | grep -Ev '^crypto/(kdf|seal)\.[ch]:' | where '"purser/v1["/]' |
		grep -Ev '"purser/v1/(pw|log)"'
}
files() { if [ -d .git ]; then git ls-files; else find . -path ./build -prune -o -type f -print | sed 's,^\./,,'; fi; }
text() { files | grep -Ev '\.(csv|xlsx|zip|bin|db|mo|svg)$|^tests/(check-layers\.sh|fuzz/corpus/|made-up/|crash/stores/)' | tr '\n' '\0' | xargs -0 -r grep -nIE "$@" /dev/null; }
rule_nothing_unfinished() {
	text -e '\b(TODO|FIXME|HACK)\b|(^|[^"-])\bXXX\b([^"-]|$)|\bnot (yet )?implemented\b|\b[Ss]tub(bed|s)?\b|\b[Pp]laceholder' |
		grep -Ev '^(po/|VERSION)'
}
rule_no_network() { code | where '\b(AF_INET6?|PF_INET6?|sockaddr_in6?|getaddrinfo|gethostby[a-z]*)\b'; }
rule_file_size() {
	files | grep -E '\.([ch]|sh|mk)$|^Makefile$' | tr '\n' '\0' | xargs -0 -r wc -l | awk '$2 != "total" && $1 > 800 { print $2 ": " $1 " lines" }'
	files | grep -E '^Makefile$' | tr '\n' '\0' | xargs -0 -r wc -l | awk '$2 != "total" && $1 >= 200 { print $2 ": " $1 " lines" }'
}
# A script that cannot be started fails where it is run; one that nothing runs would not even be missed.
rule_scripts_start() {
	files | grep -E '^tests/(check-[^/]*|(cli|fault)/[^/]*)\.sh$' | grep -v '/lib\.sh$' | while read -r f; do
		[ -x "$f" ] && head -1 "$f" | grep -q '^#!' || echo "$f: cannot be started"; done
}
rule_no_traces_of_the_workshop() {
	text -i -e '/work/(main|shared|tmp|brief)|anthropic|claude|chatgpt|language model|sub-?agent|before-stop' | grep -v '^tests/check-layers\.sh:'
}
RULES='direction sqlite_room crypto_room statement_room helper_room terminal_room silence_below_cmd no_unbounded_calls one_aead sodium_compare
no_floating_point labels nothing_unfinished file_size scripts_start no_network no_traces_of_the_workshop'

# One fault for each rule: the file and the line that is put into it.
plant() {
	case $1 in
	direction) echo 'crypto/x.c' '#include "store/store.h"' ;;
	sqlite_room) echo 'cmd/x.c' '#include <sqlite3.h>' ;;
	crypto_room) echo 'store/x.c' '# include <openssl/evp.h>' ;;
	helper_room) echo 'cmd/x.c' '#include <qrencode.h>' ;;
	statement_room) echo 'wallet/x.c' '#include <expat.h>' ;;
	terminal_room) echo 'store/x.c' '#include <termios.h>' ;;
	silence_below_cmd) echo 'wallet/x.c' 'void x(void) { fputs(s, stderr); }' ;;
	no_unbounded_calls) echo 'tests/cli/x.c' 'void x(void) { strcat (a, b); }' ;;
	one_aead) echo 'store/x.c' 'int x = crypto_aead_xchacha20poly1305_ietf_encrypt(0);' ;;
	sodium_compare) echo 'crypto/x.c' 'int x = memcmp(a->tag, b, 16);' ;;
	no_floating_point) echo 'wallet/x.c' 'static double amount;' ;;
	labels) echo 'store/x.c' 'int x = kdf(L_RECORD);' ;;
	nothing_unfinished) echo 'docs/x.md' 'FIX''ME: write this.' ;;
	file_size) echo 'base/x.c' "$(yes 'int;' | head -850)" ;;
	scripts_start) echo 'tests/cli/x.sh' 'echo 1..0' ;;
	no_network) echo 'agent/x.c' 'int s = socket(AF_INET, SOCK_STREAM, 0);' ;;
	no_traces_of_the_workshop) echo 'docs/x.md' 'see /work''/main' ;;
	esac
}
scratch() {
	rm -rf "$tmp/t"
	for d in $rooms docs tests/cli; do mkdir -p "$tmp/t/$d"; done
	printf '#include "crypto/seal.h"\n/* stdout, double, strcpy(), memcmp(): words in a comment */\nint a = seal("exit(1) printf(", L_RECORD);\n' \
		>"$tmp/t/agent/clean.c"
	printf '#include <sqlite3.h>\n#include "base/err.h"\nint b; // crypto_aead_x(\n' >"$tmp/t/store/clean.c"
	printf 'int c = crypto_aead_xchacha20poly1305_ietf_encrypt(0);\n' >"$tmp/t/crypto/seal.c"
}
tap() {   # tap NAME OFFENCES
	n=$((n + 1))
	if [ -z "$2" ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; printf '%s\n' "$2" | head -20 | sed 's/^/# /'; fi
}

for r in $RULES; do
	scratch
	clean=$(cd "$tmp/t" && "rule_$r")
	plant "$r" >"$tmp/fault"
	file=$(cut -d' ' -f1 "$tmp/fault" | head -1)
	{ printf '%b\n' "$(cut -d' ' -f2- "$tmp/fault")"; } >"$tmp/t/$file"
	found=$(cd "$tmp/t" && "rule_$r")
	[ -n "$found" ] && [ -z "$clean" ]
	tap "the rule '$(echo "$r" | tr _ ' ')' finds a planted fault and passes a clean tree" \
		"$( [ -n "$found" ] || echo "nothing found of: $(cut -c1-80 "$tmp/fault" | head -1)"; printf '%s' "$clean")"
done
cd "$top" || exit 1
for r in $RULES; do
	tap "the tree keeps the rule: $(echo "$r" | tr _ ' ')" "$("rule_$r")"
done
echo "1..$n"
exit $bad
