#!/bin/sh
# demo.sh: the first evening with purser, in a scratch home, with made-up statements in the layouts of four providers and the real
# program. No question is asked; nothing outside the scratch directory is touched. A step that ends in another way than it
# should ends the demo with 1. DEMO_KEEP=1 keeps the home.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
BUILD=${BUILD:-build/release}
purser=$BUILD/purser
tmp=$(mktemp -d "${TMPDIR:-/tmp}/purser-demo.XXXXXX") || exit 1
leave() {
	"$purser" lock >/dev/null 2>&1
	if [ -n "${DEMO_KEEP:-}" ]; then echo "The home is kept in $tmp"; else rm -rf "$tmp"; fi
}
trap leave EXIT
trap 'exit 130' INT TERM
mkdir -m 700 "$tmp/run"
export PURSER_HOME="$tmp/home" XDG_RUNTIME_DIR="$tmp/run" HOME="$tmp" PAGER=cat TZ=Europe/Berlin
unset TMUX DISPLAY WAYLAND_DISPLAY PURSER_ASKPASS 2>/dev/null || :
started=$(date +%s)

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi
tell() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
fail() { printf '\ndemo.sh: %s\n' "$*" >&2; exit 1; }
# run EXIT-STATUS ARGS...: show the command, run it, and check how it ends.
run() {
	want=$1; shift
	shown=''
	for word in "$@"; do case $word in *' '*) shown="$shown '$word'" ;; *) shown="$shown $word" ;; esac; done
	printf '%s$ purser%s%s\n' "$bold" "$shown" "$plain"
	"$purser" --no-input "$@" <"$tmp/in" 3<"$tmp/password" 4<"$tmp/password.new" 5<"$tmp/kit" 2>&1
	rc=$?
	[ $rc = 0 ] || printf '[exit %d]\n' $rc
	[ $rc = "$want" ] || fail "'purser $*' ended with $rc instead of $want"
}
typed() { printf '%s\n' "$@" >"$tmp/in"; }
quiet() { : >"$tmp/in"; }

# What a person would type. In a script it comes through descriptors; nothing secret ever stands on a command line.
echo 'velvet otter cabin mosaic lantern drum' >"$tmp/password"
echo 'marble onion planet velvet harbor nine' >"$tmp/password.new"
: >"$tmp/kit"
quiet

tell 'A calm evening. No store yet; the password comes through descriptor 3, the kit goes into a file instead of onto paper.'
run 0 init --kdf-memory 64 --password-fd 3 --kit-file "$tmp/kit.txt" --unverified-kit
cp "$tmp/kit.txt" "$tmp/kit"
run 0 unlock --password-fd 3

tell 'Statements, as PayPal, Alipay, WeChat Pay and Apple Card export them (these are made up). What they are is told by their content.'
run 0 import --create=paypal tests/made-up/paypal-activity-en.csv
run 0 import --create=alipay tests/made-up/alipay-app.csv
run 0 import --create=wechat tests/made-up/wechat.xlsx
run 0 import --create=apple-card tests/made-up/apple-card.csv
run 0 history -n 8
tell 'A payment of 310 euros in the middle of the night, to somebody unknown.'
run 0 history paypal --max=-300
row=$("$purser" --no-input history paypal --max=-300 --json | sed -n 's/.*"id":"\([0-9a-z]*\)".*/\1/p' | head -1)
[ -n "$row" ] || fail "the payment of the story is not in the history"
run 0 review mark "$row" fraud --note "not me"

tell 'Secrets: a password and a second factor.'
typed 'Old-Password-Of-2019'
run 0 secret set paypal
typed 'otpauth://totp/PayPal:someone?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=PayPal'
run 0 otp add paypal
quiet
run 0 otp paypal

tell 'A new password by the rules of the site. The old one stays until the site has taken the new one.'
run 0 rotate paypal
run 0 rotate paypal --done
run 0 secret show paypal
run 0 status

tell 'Two in the morning. One command, no password, no network.'
run 0 freeze --reason 'strange payment'
run 4 secret show paypal
run 4 otp paypal
tell 'What to do now, in order, from the card; and whom you told. Neither asks for a password.'
run 0 incident next
run 0 incident notice paypal --by web --ref PP-R-QXA-1 --answer-by "$(date -d '+10 days' +%F)"
run 10 contact check https://paypal.com.account-check.example/login
tell 'Not even with the password. The history is still there to work with.'
run 4 secret show paypal --password-fd 3
run 0 history -n 3 --password-fd 3
run 0 log list -n 4 --password-fd 3
tell 'The incident opened with that password, with the notice in it. What is due, what can still be saved, what is next:'
run 0 incident --password-fd 3
run 0 case list --password-fd 3
run 0 case letter paypal --password-fd 3
run 0 incident evidence --out "$tmp/evidence" --no-pdf --password-fd 3

tell 'A week later, with the recovery kit: all keys are made anew, and what has to be changed at the providers is listed.'
run 0 thaw --keep-kit --kit-fd 5 --password-fd 3 --new-password-fd 4 --confirm store
run 0 secret show paypal --password-fd 4
run 0 log verify --password-fd 4

tell "That was the real program, in $(($(date +%s) - started)) seconds. Now yours:"
cat <<END
  make install               puts purser into /usr/local (as root)
  purser init                make a store: 2 minutes, and 5 more for the recovery kit
  purser import FILE         a statement that you downloaded from your wallet
  purser help                everything else
END
