#!/bin/sh
# enospc.sh [STRIDE [OPERATION...]]: ENOSPC and EIO at the n-th write, sync, rename ... of each operation, once and from then on, and a write
# that is cut short. STRIDE 1 takes every n; the default takes every 29th (47th
# under a sanitizer), beginning at a random one. A failed operation says
# so with an exit status of the table and one message; the store is as before or as after; one that reports success is done.
. "$(dirname "$0")/lib.sh"
usual=29; [ "${MODE:-release}" != asan ] || usual=47
stride=${1:-${STRIDE:-$usual}}
[ $# = 0 ] || shift
[ $# = 0 ] || OPERATIONS=$*
seed=${SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
echo "# every ${stride}th call, SEED=$seed"
make_stores
for op in $OPERATIONS; do
	c=$(calls "$op") || fatal "$op works undisturbed" "$(cat "$work/log")"
	bad=0 tried=0 refused=0 survived=0
	step=$stride                                         # a short operation gets its share, too
	[ "$step" -le $((c / 4)) ] || step=$((c / 4 > 0 ? c / 4 : 1))
	for kind in 'eio:' 'enospc:' 'enospc:+' 'eio:+' 'short:'; do
		seed=$(((seed * 75 + 74) % 65537))
		n=$((1 + seed % step))
		while [ $n -le "$c" ]; do
			h=$work/round; rm -rf "$h"; cp -a "$work/$(base_of "$op")" "$h"
			fault=${kind%%+}$n; [ "$kind" = "${kind%+}" ] || fault=$fault+
			(
				export PURSER_FAULT=$fault PURSER_FAULT_DIR="$h" LD_PRELOAD="$FAULT"
				run "$op" "$h" >"$work/log" 2>"$work/said"
			) 2>/dev/null
			rc=$?
			said=$(head -c 400 "$work/said")
			verdict=$(judge "$op" "$h")
			why=''
			case $verdict in bad:*) why=$verdict ;; esac
			[ $rc -le 10 ] || why="$why; exit $rc"
			[ $rc != 0 ] || [ "$verdict" = new ] || why="$why; reported success and is $verdict"
			[ $rc = 0 ] || [ -n "$said" ] || grep -q . "$work/log" || why="$why; failed without a word"
			# What freeze reports is true: 0 exactly when no fuse is left.
			if [ "$op" = freeze ] && [ $rc != 0 ] && ! cat "$work/log" "$work/said" | head -1 | grep -q 'NOT FROZEN'; then
				why="$why; the first line is not NOT FROZEN"
			fi
			tried=$((tried + 1))
			if [ $rc = 0 ]; then survived=$((survived + 1)); else refused=$((refused + 1)); fi
			if [ -n "$why" ]; then
				bad=$((bad + 1))
				[ $bad -gt 8 ] || not_ok "$op, $fault of $c (exit $rc)" "$why" "$said"
				[ -z "${KEEP:-}" ] || cp -a "$h" "$KEEP/bad.$op.$fault"
			fi
			n=$((n + step))
		done
	done
	if [ $bad = 0 ]; then ok "$op: $tried faults in $c calls, $refused refused, $survived survived"
	else not_ok "$op: $bad of $tried faults in $c calls went wrong"; fi
	# A freeze goes on past nearly all of them.
	[ $refused -gt 0 ] || { [ $op = freeze ] && [ $tried -gt 0 ]; }; is_ok "$op: faults were really felt" $?
done
finish
