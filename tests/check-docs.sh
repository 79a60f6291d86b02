#!/bin/sh
# check-docs.sh: the documents agree with the tree, the manual pages are sound. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build/release}
n=0 bad=0
is_ok() { n=$((n + 1)); if [ "$2" = 0 ]; then echo "ok $n - $1"; else bad=1; echo "not ok $n - $1"; printf '%s\n' "${3:-}" | head -20 | sed 's/^/# /'; fi; }
empty() { [ -z "$2" ]; is_ok "$1" $? "$2"; }

v=$(cat VERSION)
grep -q "^## $v\b" CHANGELOG.md; is_ok "CHANGELOG.md tells of version $v" $?
for t in demo check; do grep -q "make $t" README.md && grep -qE "^$t( [^:]*)?:" Makefile tests/rules.mk; is_ok "README.md and Makefile have make $t" $?; done
# Paths in backticks that look like ours exist; so do the targets of links.
gone=$(grep -ohE '`[A-Za-z.][A-Za-z0-9_.-]*/[A-Za-z0-9_./-]*`' README.md CONTRIBUTING.md docs/*.md | tr -d '`' | sort -u | while read -r p; do
	case $p in ../* | build/* | openssl/* | vault/* | device/* | DIR/* | /* | */NAME*) continue ;; esac
	[ -e "$p" ] || ls -d $p >/dev/null 2>&1 || echo "$p"; done)
empty 'every path that the documents name exists' "$gone"
gone=$(grep -ohE '\]\([^)#:]*\)' README.md CONTRIBUTING.md docs/*.md | sed 's/^](//; s/)$//' | sort -u | while read -r p; do [ -z "$p" ] || [ -e "$p" ] || [ -e "docs/$p" ] || echo "$p"; done)
empty 'links between documents lead somewhere' "$gone"
# Every make target that CONTRIBUTING names is one.
gone=$(grep -ohE '`make [a-z]+' CONTRIBUTING.md README.md | sed 's/`make //' | sort -u | while read -r t; do
	grep -qE "^([a-z]+ )*$t( [^:]*)?:" Makefile tests/rules.mk tests/*/rules.mk || echo "$t"; done)
empty 'every make target that is named exists' "$gone"

page=$BUILD/man/purser-store.5
[ -s "$page" ]; is_ok 'purser-store(5) was built' $?
for part in keys device totp fido fuse store schema log change; do [ -s "man/parts/$part.mdoc" ]; is_ok "purser-store(5) has its part $part" $?; done
gone=$(sed -n '/^static const char \*const/,/^};/p' crypto/kdf.c | grep -oE '"[a-z-]+"' | tr -d '"' | while read -r l; do
	grep -qE "(Li|,) $l\b" "$page" || echo "$l"; done)
empty 'purser-store(5) names every label of the KDF' "$gone"
said=$(find "$BUILD/man" -name '*.[15]' -exec mandoc -Tlint -W warning {} + 2>&1)
empty 'mandoc finds nothing in the manual pages' "$said"
echo "1..$n"
exit $bad
