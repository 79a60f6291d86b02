#!/bin/sh
# Homes of released versions open for ever: each tests/vectors/stores/VERSION/home.tar is a whole home (make-store.sh made it), with
# the password in `password`, the kit in `kit`, and what it answered then in *.json: every field of then must still be there.
. "${0%/*}/lib.sh"
S=$TESTS/vectors/stores
# same OLD NEW: each object of OLD, field by field, is in NEW.
same() { perl -MJSON::PP -e '
	$j = JSON::PP->new->utf8->canonical->allow_nonref;
	open A, $ARGV[0]; open B, $ARGV[1]; @a = <A>; @b = <B>; @a == @b && @a > 0 or die "lines\n";
	for (0 .. $#a) { ($o, $n) = ($j->decode($a[$_]), $j->decode($b[$_]));
		for (keys %$o) { $j->encode($o->{$_}) eq $j->encode($n->{$_}) or die "$_ of line $.\n" } }' "$1" "$2"; }

n=0
for d in "$S"/*/; do
	[ -e "$d/home.tar" ] || continue
	n=$((n + 1)) v=$(basename "$d")
	PURSER_HOME=$TMP/home.$v && mkdir "$PURSER_HOME" && tar -xf "$d/home.tar" -C "$PURSER_HOME" && chmod -R go= "$PURSER_HOME"
	P="purser --password-file $d/password --no-input"
	check "$v: history, accounts and statements as they were" '
		$P history --json >out && same "$d/history.json" out && $P account list --json >out && same "$d/accounts.json" out &&
		$P statement list --json >out && same "$d/statements.json" out'
	check "$v: its secret can be read" 'test "$($P secret show paypal)" = "kept since '"$v"'"'
	check "$v: verify finds nothing" '$P verify'
	check "$v: it can be written to" '$P account add "new one" -q && $P history --json >out && same "$d/history.json" out'
	check "$v: freeze, then thaw with its kit" '
		purser freeze >/dev/null && echo "a new password" >new && $P thaw --keep-kit --kit-fd 3 3<"$d/kit" --new-password-fd 4 4<new --confirm store >out 2>err &&
		test "$(purser --password-file new --no-input secret show paypal)" = "kept since '"$v"'"'
done
[ $n -gt 0 ] || skip 'stores of released versions' 'no version was released yet: tests/vectors/stores has none'
finish
