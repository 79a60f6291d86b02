#!/bin/sh
# secret copy and otp copy: to the clipboard's own programs, cleared after a time if it is still ours; nothing but the value reaches them.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
purser init --no-input -q --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit >out 2>err
purser account add paypal -q --password-file pw && printf 'geheim 1\nzwei' | purser secret set paypal -q --password-file pw
printf GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ | purser otp add paypal -q --password-file pw 2>err
purser unlock -q --reveals 0 --password-file pw
PURSER_TEST_CLIP_MS=700
export PURSER_TEST_CLIP_MS
mkdir fake board
# Each fake keeps its clipboard in the file board/NAME and a line of its arguments in board/calls.
fake() {
	printf '#!/bin/sh\nB=%s/board\necho "%s $*" >>$B/calls\n%s\n' "$TMP" "$1" "$2" >fake/"$1"
	chmod +x fake/"$1"
}
fake wl-copy 'case $1 in --sensitive) exit 1;; --clear) rm -f $B/wl; exit 0;; esac; cat >$B/wl'
fake wl-paste 'test -e $B/wl && cat $B/wl'
fake xclip 'case "$3 $4" in "-in ") cat >$B/x;; "-in /dev/null") : >$B/x;; "-out ") cat $B/x;; *) exit 9;; esac'
fake xsel 'case $2 in --input) cat >$B/xsel;; --output) cat $B/xsel;; --delete) rm -f $B/xsel;; esac'
fake tmux 'case $1 in load-buffer) cat >$B/tm; cat $B/tm >>$B/outer; echo >>$B/outer;; show-buffer) cat $B/tm;; delete-buffer) rm -f $B/tm;; esac'
copy() { PATH=$TMP/fake:$PATH no_terminal purser "$@"; }
gone() { for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "$@" && return 0; sleep 0.2; done; return 1; }

check 'Wayland: the bytes as they are, cleared after the time; what is written goes to stderr' '
	WAYLAND_DISPLAY=w copy secret copy paypal >out 2>err && test ! -s out && grep -q "cleared in" err && ! grep -q geheim err && test "$(od -An -tx1 <board/wl | tr -d " \n")" = "$(printf "geheim 1\nzwei" | od -An -tx1 | tr -d " \n")" &&
	gone test ! -e board/wl'
check 'no value in the arguments of a program' '! grep -q geheim board/calls'
check 'X11 through xclip' 'DISPLAY=:9 copy secret copy paypal -q && test "$(head -1 board/x)" = "geheim 1" && gone test ! -s board/x'
check 'X11 through xsel where there is no xclip' 'rm fake/xclip && DISPLAY=:9 copy secret copy paypal -q && grep -q zwei board/xsel && gone test ! -e board/xsel'
check 'tmux: its buffer, and the clipboard of the terminal outside' 'TMUX=/x,1,0 copy secret copy paypal -q && grep -q geheim board/tm && gone test ! -e board/tm && test "$(tail -1 board/outer)" = " "'
check 'what was copied by others meanwhile stays' 'WAYLAND_DISPLAY=w copy secret copy paypal -q && printf mine >board/wl && sleep 1.5 && test "$(cat board/wl)" = mine'
check 'a second copy starts its own time' 'WAYLAND_DISPLAY=w copy secret copy paypal -q && sleep 0.4 && WAYLAND_DISPLAY=w copy otp copy paypal -q && test "$(wc -c <board/wl)" = 6 && gone test ! -e board/wl'
check 'otp copy: the code, digits only' 'WAYLAND_DISPLAY=w copy otp copy paypal --at 59 -q && test "$(cat board/wl)" = 287082'
check 'secret copy of recovery codes: the next one only' 'printf "r1\nr2\n" | purser secret set paypal recovery-code -q && WAYLAND_DISPLAY=w copy secret copy paypal recovery-code -q && test "$(cat board/wl)" = r1'
check 'secret copy of a second factor: its address' 'WAYLAND_DISPLAY=w copy secret copy paypal otp -q && grep -q "^otpauth://totp/" board/wl'
check 'a long value is cleared, too' '
	head -c 50000 /dev/zero | tr "\0" L | purser secret set paypal note -q && WAYLAND_DISPLAY=w copy secret copy paypal note -q && test "$(wc -c <board/wl)" = 50000 && gone test ! -e board/wl'
check 'a program that fails: the next one is tried; none: 1, nothing was copied' '
	fake wl-copy "exit 1" && rm -f fake/xsel && WAYLAND_DISPLAY=w DISPLAY=:9 TMUX=/x,1,0 copy secret copy paypal -q && grep -q geheim board/tm && rm fake/tmux && printf "#!/bin/sh\nexit 1\n" >fake/tmux && chmod +x fake/tmux &&
	WAYLAND_DISPLAY=w TMUX=/x,1,0 expect_exit 1 copy secret copy paypal 2>err && grep -q "Nothing was copied" err'
check 'on a terminal alone: OSC 52, cleared with it' '
	terminal "expect \e]52;c;Z2VoZWltIDEKendlaQ==\x07
		expect Copied
		expect \e]52;c;!\x07" sh -c "purser secret copy paypal; sleep 2"'
check 'the waiting process holds neither the store nor a connection open, and not the value' '
	fake wl-copy "cat >\$B/wl" && PURSER_TEST_CLIP_MS=3000 WAYLAND_DISPLAY=w copy secret copy paypal -q && p=$(pgrep -f "purser secret copy paypal" | tail -1) && test -n "$p" && ! ls -l /proc/$p/fd | grep -q "$PURSER_HOME" && test "$(ls -l /proc/$p/fd | grep -c socket)" -le 1 &&
	if "$SPY" read $p 2>/dev/null; then test "$("$SPY" count $p $(printf "geheim 1\nzwei" | od -An -tx1 | tr -d " \n"))" = 0; fi; r=$?; kill $p; exit $r'
check 'the log says copy' 'purser log list --json | grep reveal | tail -1 | grep -q "\"how\":\"copy\""'
check 'frozen: nothing is copied, 4' 'purser freeze >out && rm -f board/wl && WAYLAND_DISPLAY=w expect_exit 4 copy secret copy paypal && test ! -e board/wl'
finish
