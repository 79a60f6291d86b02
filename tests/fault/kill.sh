#!/bin/sh
# kill.sh [ROUNDS [OPERATION...]]: kill -9 of the real program during each operation: two rounds of three instead of the n-th write, sync,
# rename ... (the n are spread over all there are; half of them after the first half of a write), one of three at a random moment.
# Afterwards the store is as before or as after, whole, and goes on working; an operation that reported success is never lost.
# The long run: tests/fault/kill.sh 1000
. "$(dirname "$0")/lib.sh"
rounds=${1:-${ROUNDS:-48}}
[ $# = 0 ] || shift
[ $# = 0 ] || OPERATIONS=$*
seed=${SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
echo "# $rounds rounds, SEED=$seed"
make_stores
ops=$(echo $OPERATIONS | wc -w)
for op in $OPERATIONS; do
	c=$(calls "$op") || fatal "$op works undisturbed" "$(cat "$work/log")"
	echo "$c" >"$work/calls.$op"
	t0=$(date +%s%N); h=$work/t.home; cp -a "$work/$(base_of "$op")" "$h"; run "$op" "$h" >/dev/null 2>&1; t1=$(date +%s%N); rm -rf "$h"
	echo $(((t1 - t0) / 1000)) >"$work/us.$op"
done
bad=0 killed=0 done=0 olds=0 news=0
r=0
while [ $r -lt "$rounds" ]; do
	op=$(echo $OPERATIONS | cut -d' ' -f$((1 + r % ops)))
	h=$work/round; rm -rf "$h"; cp -a "$work/$(base_of "$op")" "$h"
	c=$(cat "$work/calls.$op") us=$(cat "$work/us.$op")
	k=$((r / ops))                                       # the k-th round of this operation
	seed=$(((seed * 75 + 74) % 65537))
	if [ $((k % 3)) = 2 ]; then
		delay=$((us * seed / 65537))
		how=$(printf '%d.%06d' $((delay / 1000000)) $((delay % 1000000)))
		# timeout(1) kills its own child, and nobody whose number that might have become.
		(WRAP="timeout -s KILL $how"; run "$op" "$h" >"$work/log" 2>&1) 2>/dev/null
		rc=$?
		how="after $how s"
	else
		kind=kill; [ $((seed % 2)) = 0 ] || kind=torn
		per=$(((rounds / ops * 2 + 2) / 3)); [ $per -gt 0 ] || per=1
		i=$((k / 3 * 2 + k % 3))                     # the i-th of about per rounds of this kind
		if [ "$per" -ge "$c" ]; then n=$((1 + i % c)); else n=$((1 + (i * c / per + seed % (c / per + 1)) % c)); fi
		how="$kind:$n of $c"
		(
			export PURSER_FAULT=$kind:$n PURSER_FAULT_DIR="$h" LD_PRELOAD="$FAULT"
			run "$op" "$h" >"$work/log" 2>&1
		) 2>/dev/null
		rc=$?
	fi
	verdict=$(judge "$op" "$h")
	[ $rc -lt 128 ] || killed=$((killed + 1))
	if [ $rc = 0 ]; then done=$((done + 1)); [ "$verdict" = old ] && verdict='bad: reported success and is as before'; fi
	case $verdict in
	old) olds=$((olds + 1)) ;;
	new) news=$((news + 1)) ;;
	*) bad=$((bad + 1)); not_ok "$op, $how (exit $rc)" "$verdict" "$(cat "$work/log")"
		[ -z "${KEEP:-}" ] || cp -a "$h" "$KEEP/bad.$r" ;;
	esac
	r=$((r + 1))
done
[ $bad = 0 ] && ok "$rounds rounds: $killed killed, $done finished; $olds as before, $news as after"
[ $((killed * 2)) -ge "$rounds" ]; is_ok 'at least half of the rounds were really killed' $? "$killed of $rounds"
finish
