#!/bin/sh
# What somebody without purser can check: a checkpoint of the log and a signed file, with the plain tools.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
u() { purser "$@" --password-file pw; }
purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err && u account add a -q && u log checkpoint >paper.txt && u log key >key.pub && u log key --pem >key.pem || { cat err; exit 1; }
printf 'To the bank: these payments were not mine.\n' >letter && u log sign letter >letter.minisig || exit 1
# A checkpoint says six lines and signs them with four.
head -6 paper.txt >said && tail -4 paper.txt >said.minisig && sed 's/^seq .*/seq 99/' said >false
# What openssl wants: the 64 bytes of the signature, which stand behind two letters and eight bytes that name the key.
for f in said letter; do sed -n 2p $f.minisig | base64 -d | tail -c 64 >$f.sig; done
have() { command -v "$1" >/dev/null 2>&1; }

check 'a checkpoint is ten lines, the key is two, of one name' '
	test "$(wc -l <paper.txt)" = 10 && test "$(wc -l <key.pub)" = 2 && head -1 paper.txt | grep -qx "purser log checkpoint 1" && test "$(sed -n 2p key.pub | cut -c1-13)" = "$(sed -n 2p said.minisig | cut -c1-13)"'
if have minisign; then
	check 'minisign: the checkpoint and the file are those signed' 'minisign -V -p key.pub -m said && minisign -V -p key.pub -m letter && minisign -V -P "$(tail -1 key.pub)" -m letter'
	check 'minisign: another number, a changed byte, another key: refused' '
		! minisign -V -p key.pub -m false -x said.minisig && { cat letter; echo; } >longer && ! minisign -V -p key.pub -m longer -x letter.minisig && PURSER_HOME=$TMP/b && purser init --no-input -q --kdf-memory 8 --password-file pw 2>/dev/null && u log key >other.pub && ! minisign -V -p other.pub -m letter'
else
	skip 'minisign' 'IT IS NOT HERE'
fi
if have signify-openbsd; then
	check 'signify: the same' 'signify-openbsd -V -p key.pub -m said -x said.minisig && signify-openbsd -V -p key.pub -m letter -x letter.minisig && ! signify-openbsd -V -p key.pub -m false -x said.minisig'
else
	skip 'signify' 'IT IS NOT HERE'
fi
if have openssl; then
	check 'openssl: the same' 'for f in said letter; do openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in $f -sigfile $f.sig || exit 1; done; ! openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in false -sigfile said.sig'
else
	skip 'openssl' 'IT IS NOT HERE'
fi
check 'the key stays the same, and signing is in the log before the signature is out' '
	u log key | cmp - key.pub && u log list --json | field event | grep -qx evidence && n=$(u log list --json | field event | grep -cx evidence) && u log sign letter >/dev/full 2>err; test "$(u log list --json | field event | grep -cx evidence)" = $((n + 1))'
check 'log key --json, log sign --json' 'u log key --json >out && test "$(field minisign <out)" = "$(tail -1 key.pub)" && u log sign letter --json >out && field text <out | grep -q "untrusted comment"'
check 'a file that is not there: nothing is signed, nothing is logged' '
	n=$(u log list --json | field event | grep -cx evidence); ! u log sign nothing >out 2>err && test ! -s out && test "$(u log list --json | field event | grep -cx evidence)" = $n'
finish
