# tests/fault/lib.sh: what the scripts of this directory share: a private directory, stores to start from, the operations that
# are disturbed, and a judge that says whether a store is afterwards as before ("old"), as after ("new"), or "bad: why".
# Sourced by sh scripts. ROUNDS and the like come as arguments; the defaults are small.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build/release}
PURSER=${PURSER:-$BUILD/purser-test}
FAULT=$BUILD/tests/fault/fault.so
work=$(mktemp -d "${TMPDIR:-/tmp}/purser-fault.XXXXXX") || exit 1
work=$(cd "$work" && pwd -P)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -m 700 "$work/run"
export XDG_RUNTIME_DIR="$work/run" LC_ALL=C LANG=C HOME="$work" TZ=UTC
unset PURSER_HOME PURSER_ASKPASS TMUX DISPLAY WAYLAND_DISPLAY 2>/dev/null || :
# A sanitizer wants its own library first; LeakSanitizer cannot look into a process that forbids tracing.
export ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}"

count=0 failed=0
ok() { count=$((count + 1)); echo "ok $count - $1"; }
not_ok() { count=$((count + 1)); failed=1; echo "not ok $count - $1"; shift; for l in "$@"; do printf '%s\n' "$l" | head -15 | sed 's/^/# /'; done; }
is_ok() { if [ "$2" = 0 ]; then ok "$1"; else not_ok "$1" "${3:-}"; fi; }
finish() { echo "1..$count"; exit $failed; }
fatal() { not_ok "$@"; finish; }

pw_old='correct horse battery marble'
pw_new='velvet otter cabin mosaic drum'
secret_old='Old-Value-of-the-Secret-1'
secret_new='New-Value-of-the-Secret-2'
printf '%s\n' "$pw_old" >"$work/pw.old"
printf '%s\n' "$pw_new" >"$work/pw.new"

# p HOME PW ARGS...: purser with the password of that name (old, new); stdin and all else as given. $WRAP: a command to run it by.
WRAP=''
p() { _h=$1 _w=$2; shift 2; $WRAP "$PURSER" --home "$_h" --no-input --password-fd 8 "$@" 8<"$work/pw.$_w"; }

# Made-up rows in the layout of Apple Card: statement FILE FIRST-ROW ROWS
statement() {
	echo 'Transaction Date,Clearing Date,Description,Merchant,Category,Type,Amount (USD),Purchased By' >"$1"
	awk -v a="$2" -v n="$3" 'BEGIN { for (i = a; i < a + n; i++) printf "%02d/%02d/2024,%02d/%02d/2024,MADE UP SHOP %d MAPLE ST,Marker Shop %d,Shopping,Purchase,%d.%02d,A Person\n",
		1 + i % 12, 1 + i % 28, 1 + i % 12, 1 + i % 28, i, i, 1 + i % 90, i % 100 }' >>"$1"
}

# The store that operations start from, once: $work/open, and $work/frozen made of it. One account with a secret, one with rows.
# $work/bak: a backup of it; $work/later: rows came after that; $work/restored: a home with nothing but the backup.
make_stores() {
	h=$work/open
	statement "$work/first.csv" 1 20
	statement "$work/second.csv" 21 60
	{
		p "$h" old init --kdf-memory 8 --kit-file "$work/kit" --unverified-kit &&
		p "$h" old account add paypal --provider paypal --currency USD &&
		p "$h" old account add apple --provider apple-card --currency USD &&
		printf '%s\n' "$secret_old" | p "$h" old secret set paypal &&
		p "$h" old import "$work/first.csv" --account apple
	} >"$work/log" 2>&1 </dev/null || fatal 'a store to start from' "$(cat "$work/log")"
	cp -a "$h" "$work/frozen"
	"$PURSER" --home "$work/frozen" freeze >"$work/log" 2>&1 || fatal 'a frozen store to start from' "$(cat "$work/log")"
	cp -a "$h" "$work/account"
	p "$work/account" old freeze paypal >"$work/log" 2>&1 </dev/null || fatal 'a store with a frozen account' "$(cat "$work/log")"
	cp -a "$h" "$work/pending"
	p "$work/pending" old rotate paypal >"$work/log" 2>&1 </dev/null || fatal 'a store with a pending rotation' "$(cat "$work/log")"
	cp -a "$h" "$work/later"
	{ "$PURSER" --home "$h" backup "$work/bak" && p "$work/later" old import "$work/second.csv" --account apple &&
		"$PURSER" --home "$work/restored" restore "$work/bak" --no-recover; } >"$work/log" 2>&1 </dev/null ||
		fatal 'a backup, a store that went on, one that was restored' "$(cat "$work/log")"
}

OPERATIONS=${OPERATIONS:-'import set rotate done abort passwd freeze thaw freeze-account thaw-account backup restore recover'}

base_of() { case $1 in thaw) echo frozen ;; thaw-account) echo account ;; restore) echo later ;; recover) echo restored ;; done | abort) echo pending ;; *) echo open ;; esac; }

# The kit file lies outside of what is disturbed.
recover() {
	rm -f "$work/kit.new"
	$WRAP "$PURSER" --home "$1" --no-input recover --kit-fd 6 --new-password-fd 7 --confirm store --kit-file "$work/kit.new" --unverified-kit \
		6<"$work/kit" 7<"$work/pw.new"
}

# run OPERATION HOME: what is disturbed. Its exit status is that of purser.
run() {
	case $1 in
	import) p "$2" old import "$work/second.csv" --account apple ;;
	set) printf '%s\n' "$secret_new" >"$work/new-secret"; p "$2" old secret set paypal <"$work/new-secret" ;;
	rotate) p "$2" old rotate paypal </dev/null ;;
	done) p "$2" old rotate paypal --done </dev/null ;;
	abort) p "$2" old rotate paypal --abort </dev/null ;;
	passwd) p "$2" old passwd --new-password-fd 7 7<"$work/pw.new" ;;
	freeze) $WRAP "$PURSER" --home "$2" --no-input freeze ;;
	freeze-account) p "$2" old freeze paypal ;;
	thaw-account) p "$2" old thaw paypal --confirm paypal --kit-fd 6 6<"$work/kit" ;;
	thaw) p "$2" old thaw --keep-kit --kit-fd 6 --new-password-fd 7 --confirm store 6<"$work/kit" 7<"$work/pw.new" ;;
	backup) $WRAP "$PURSER" --home "$2" --no-input backup "$2/bak" ;;
	restore) $WRAP "$PURSER" --home "$2" --no-input restore "$work/bak" --no-recover --confirm store ;;
	recover) recover "$2" ;;
	esac
}

# first_line COMMAND...: its output in $out, its exit status in $rc; a signal's death is remembered.
get() { out=$("$@" 2>"$work/err"); rc=$?; [ $rc -lt 128 ] || died="$died exit $rc of $*;"; }

# A store that waits for recover is recovered: whether it was the backup shows then.
come_back() {
	case $op in restore | recover) ;; *) return 0 ;; esac
	get "$PURSER" --home "$h" status --json
	case $rc,$out in 0,*'"state":"restored"'*) ;; *) return 0 ;; esac
	get recover "$h"
	[ $rc = 0 ] || { echo "bad: recover exits $rc: $(head -c 300 "$work/err")"; return 1; }
	came=yes
}

# judge OPERATION HOME: prints old, new, or "bad: ..." . The first commands do the recovery that start-up has to do.
judge() {
	op=$1 h=$2 died='' pw='' state='' shown='' pending='' rows='' came=''
	come_back || return
	for w in old new; do
		get p "$h" $w history --account apple --limit 1000 --json </dev/null
		if [ $rc = 0 ]; then
			pw=$w rows=$(printf '%s\n' "$out" | grep -c '"object":"transaction"')
			break
		fi
		[ $rc = 3 ] || { echo "bad: history exits $rc: $(head -c 300 "$work/err")"; return; }
	done
	[ -n "$pw" ] || { echo 'bad: neither password opens it'; return; }
	get p "$h" $pw secret show paypal </dev/null
	case $rc in 0) shown=$out ;; 4) state=frozen ;; *) echo "bad: secret show exits $rc: $(head -c 300 "$work/err")"; return ;; esac
	case $op in *-account)
		get p "$h" $pw account show paypal --json </dev/null
		case ${state:-open},$out in frozen,*'"state":"frozen"'*) state=account ;; open,*'"state":"active"'*) ;; *) echo "bad: secret ${state:-open}, but: $out"; return ;; esac ;;
	esac
	if [ "$(base_of "$op")" = pending ] || [ "$op" = rotate ]; then
		get p "$h" $pw secret show --pending paypal </dev/null
		case $rc in 0) pending=yes ;; 8) pending=no ;; 4) ;; *) echo "bad: --pending exits $rc: $(head -c 300 "$work/err")"; return ;; esac
	fi
	get p "$h" $pw verify </dev/null
	[ $rc = 0 ] || { echo "bad: verify exits $rc: $out $(head -c 300 "$work/err")"; return; }
	get p "$h" $pw log verify </dev/null
	[ $rc = 0 ] || { echo "bad: log verify exits $rc: $out $(head -c 300 "$work/err")"; return; }
	# What a killed backup left beside its file is the next one's to take over.
	[ "$op" != backup ] || [ -e "$h/bak" ] || { get "$PURSER" --home "$h" backup "$h/bak"; [ $rc = 0 ] || { echo "bad: the next backup exits $rc"; return; }; came=yes; }
	[ "$op" != backup ] || { get p "$h" old verify "$h/bak"; [ $rc = 0 ] || { echo "bad: the backup is not whole: $out"; return; }; }
	# What lies in nobody's way goes with the next write.
	case $op in backup | restore | recover | freeze-account) get p "$h" $pw account add tidy -q </dev/null ;; esac
	left=$(find "$h" \( -name '*.restore' -o -name restore -o -name restored -o -name '*purser-part' -o -name '*.next' -o -name '*.old' -o -name '*.tmp' -o -name change -o -name freeze.accounts -o -name freeze.request \) -printf '%P ')
	[ -z "$left" ] || { echo "bad: left behind: $left"; return; }
	[ -z "$died" ] || { echo "bad: $died"; return; }
	case "$op,$pw,${state:-open},$rows,$shown,$pending" in
	import,old,open,20,"$secret_old",) echo old ;;
	import,old,open,80,"$secret_old",) echo new ;;
	set,old,open,20,"$secret_old",) echo old ;;
	set,old,open,20,"$secret_new",) echo new ;;
	rotate,old,open,20,"$secret_old",no) echo old ;;
	rotate,old,open,20,"$secret_old",yes) echo new ;;
	done,old,open,20,"$secret_old",yes | abort,old,open,20,"$secret_old",yes) echo old ;;
	done,old,open,20,"$secret_old",no) echo 'bad: the pending password is lost' ;;
	done,old,open,20,?*,no) echo new ;;
	abort,old,open,20,"$secret_old",no) echo new ;;
	passwd,old,open,20,"$secret_old",) echo old ;;
	passwd,new,open,20,"$secret_old",) echo new ;;
	freeze,old,open,20,"$secret_old",) echo old ;;
	freeze,old,frozen,20,,) echo new ;;
	thaw,old,frozen,20,,) echo old ;;
	thaw,new,open,20,"$secret_old",) echo new ;;
	freeze-account,old,open,20,"$secret_old",) echo old ;;
	freeze-account,old,account,20,,) echo new ;;
	thaw-account,old,account,20,,) echo old ;;
	thaw-account,old,open,20,"$secret_old",) echo new ;;
	backup,old,open,20,"$secret_old",) [ -n "$came" ] && echo old || echo new ;;
	restore,old,open,80,"$secret_old",) echo old ;;
	restore,new,open,20,"$secret_old",) [ -n "$came" ] && echo new || echo 'bad: recovered by itself' ;;
	recover,new,open,20,"$secret_old",) [ -n "$came" ] && echo old || echo new ;;
	*) echo "bad: password $pw, ${state:-open}, $rows rows, secret '$shown', pending '$pending'" ;;
	esac
}

# calls OPERATION: how many counted calls it makes, and it must succeed and be "new".
calls() {
	h=$work/count.home; rm -rf "$h" "$work/count"; cp -a "$work/$(base_of "$1")" "$h"
	(
		export PURSER_FAULT=count PURSER_FAULT_DIR="$h" PURSER_FAULT_COUNT="$work/count" LD_PRELOAD="$FAULT"
		run "$1" "$h"
	) >"$work/log" 2>&1 || return 1
	verdict=$(judge "$1" "$h")
	[ "$verdict" = new ] || { echo "$verdict" >>"$work/log"; return 1; }
	od -An -tu8 "$work/count" | tr -d ' '
}
