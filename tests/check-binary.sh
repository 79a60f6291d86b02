#!/bin/sh
# check-binary.sh: what the linked programs are: what they need, how they are hardened, what must not be in them. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build/release} MODE=${MODE:-release}
purser=$BUILD/purser reader=$BUILD/purser-reader n=0 bad=0
is_ok() { n=$((n + 1)); if [ "$2" = 0 ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; printf '%s\n' "${3:-}" | head -20 | sed 's/^/# /'; fi; }
empty() { [ -z "$2" ]; is_ok "$1" $? "$2"; }
imports() { readelf -W --dyn-syms "$1" | awk '$7 == "UND" { sub(/@.*/, "", $8); print $8 }'; }

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT INT TERM
# The objects say who calls what, whatever the mode.
find "$BUILD" -path "$BUILD/tests" -prune -o -path "$BUILD/test" -prune -o -name '*.o' -print | sort | xargs nm -A -u 2>/dev/null |
	sed "s|^$BUILD/||" >"$tmp/calls"
calls() { sed -nE "s/^([^:]*): *U ($1).*/\1/p" "$tmp/calls" | sort -u; }   # objects of the program that refer to such a symbol
got=$(calls 'crypto_(aead|secretbox|stream|onetimeauth)_' | tr '\n' ' ')
[ "$got" = 'crypto/page.o crypto/seal.o ' ]; is_ok 'only SEAL and the page cipher call the AEAD' $? "$got"
empty 'nothing knows the network' "$(calls '(getaddrinfo|gethostby|getservby|res_(init|query)|inet_)')"
empty 'no unbounded call is linked' "$(calls '(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|atoi|atol|strtok|system|popen|mktemp|tmpnam)$')"
grep -aq PURSER_TEST_ "$purser"; [ $? = 1 ]; is_ok 'the program has none of the hooks of the tests' $?
# The hook itself: a key derivation that is far too cheap is taken by purser-test, and refused by what is installed.
cheap() { XDG_RUNTIME_DIR="$tmp" "$BUILD/$1" --home "$tmp/$1" --no-input --password-fd 3 init --kdf-memory 8 --kit-file "$tmp/kit.$1" \
	--unverified-kit >"$tmp/log" 2>&1 3<<-END
	a password of the test
	END
}
cheap purser-test; is_ok 'purser-test takes the small key derivation' $? "$(cat "$tmp/log")"
cheap purser; [ $? = 2 ] && [ ! -e "$tmp/purser/vault/keys" ]; is_ok 'the program refuses it' $? "$(cat "$tmp/log")"

if [ "$MODE" = release ]; then
	got=$(readelf -d "$purser" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libsodium|libsqlite3|libargon2|libc)\.so')
	empty 'purser needs libsodium, libsqlite3, libargon2 and libc only' "$got"
	got=$(readelf -d "$reader" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libzip|libexpat|libseccomp|libsodium|libc)\.so')
	empty 'the reader needs libzip, libexpat, libseccomp, libsodium and libc only' "$got"
	got=$(readelf -d "$BUILD/purser-qr" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libqrencode|libseccomp|libc)\.so')
	empty 'purser-qr needs libqrencode, libseccomp and libc only' "$got"
	got=$(readelf -d "$BUILD/purser-qr-read" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libzbar|libpng16|libjpeg|libseccomp|libc)\.so')
	empty 'purser-qr-read needs libzbar, libpng, libjpeg, libseccomp and libc only' "$got"
	got=$(readelf -d "$BUILD/purser-fido" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libfido2|libseccomp|libc)\.so')
	empty 'purser-fido needs libfido2, libseccomp and libc only' "$got"
	got=$(readelf -d "$BUILD/purser-names" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libicui18n|libicuuc|libidn2|libpsl|libnettle|libseccomp|libc)\.so')
	empty 'purser-names needs ICU, libidn2, libpsl, nettle, libseccomp and libc only' "$got"
	got=$(readelf -d "$BUILD/purser-stamp" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libcrypto|libseccomp|libc)\.so')
	empty 'purser-stamp needs libcrypto, libseccomp and libc only' "$got"
	empty 'purser-fido has no way to the keys of the tests' "$(grep -ac PURSER_TEST_ "$BUILD/purser-fido" | grep -v '^0$')"
	got=$(readelf -d "$BUILD/purser-suspend" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libsystemd|libc)\.so')
	empty 'the helper that listens to logind needs libsystemd and libc only' "$got"
	for p in "$purser" "$reader" "$BUILD/purser-qr" "$BUILD/purser-qr-read" "$BUILD/purser-suspend" "$BUILD/purser-fido" "$BUILD/purser-names" "$BUILD/purser-stamp"; do
		b=$(basename "$p")
		readelf -h "$p" | grep -q 'Type:.*DYN'; is_ok "$b is position-independent" $?
		readelf -d "$p" | grep -q BIND_NOW && readelf -lW "$p" | grep -q GNU_RELRO; is_ok "$b has full RELRO" $?
		readelf -lW "$p" | grep GNU_STACK | grep -q 'RW '; is_ok "$b has no executable stack" $?
		empty "$b has no segment that is writable and executable" "$(readelf -lW "$p" | grep LOAD | grep 'RWE')"
		empty "$b has no run path" "$(readelf -d "$p" | grep -E 'RPATH|RUNPATH|TEXTREL')"
		imports "$p" | grep -q '^__stack_chk_fail'; is_ok "$b has stack protectors" $?
		imports "$p" | grep -qE '^__(read|memcpy|snprintf|vsnprintf|memset|fprintf|printf|readlink)[a-z_]*_chk'; is_ok "$b is fortified" $?
	done
	if [ "$(uname -m)" = x86_64 ]; then
		readelf -n "$BUILD/cmd/main.o" | grep -q 'IBT, SHSTK'; is_ok 'objects are marked for CET' $?
	fi
	empty 'the debug hooks of sanitizers are not in it' "$(imports "$purser" | grep -E '^__(asan|ubsan|gcov)')"
else
	echo "# the checks of hardening are for MODE=release"
fi
echo "1..$n"
exit $bad
