#!/bin/sh
# The store at a terminal: init with the kit typed back from the screen, secrets, codes, rotation with its keys, thaw. What a person sees and
# types, in this order.
. "${0%/*}/lib.sh"
kit4() { head -1 kit | tr ' ' '\n' | cut -c1-4 | tr '\n' ' ' >kit4; }

check 'purser alone: where one stands' 'purser >out && grep -q "purser init" out'
check 'init: a password typed twice, the kit shown once, typed back with four letters' '
	terminal "expect New password (empty = I make one of 6 words):
		send horse battery\r
		expect Again:
		send horse battery\r
		expect the ONLY way back
		expect n  now: pen, paper, 5 minutes
		expect [n/l]
		send n
		expect Sheets: 1, or several that work together, such as 2/3? [1]
		send \r
		expect sheet 1 of 1
		expect Write all of it on paper
		learn kit
		send \r
		expect 1-5
		send lenght
		send \x20
		expect \"lenght\" is no kit word. Look at word 1 on your paper.
		words kit
		send \x20
		expect Kit verified
		expect purser import FILE
		exit 0
		never horse battery" purser init --kdf-memory 8 &&
	test "$(purser kit status --json | field state)" = verified && test "$(purser kit status --json | field fingerprint)" = "$(sed -n "s/^fingerprint //p" kit)"'
check 'the words left the screen: the alternate screen is cleared with its scrollback' '
	perl -0ne "exit !(/\e\[\?1049h\e\[2J\e\[3J\e\[H.*fingerprint.*\e\[2J\e\[3J\e\[H\e\[\?1049l/s)" t && kit4'
check 'Ctrl-C in the ritual: a store without a kit, nothing half-made; later is the same' '
	PURSER_HOME=$TMP/c && terminal "expect New password
		send abc\r
		expect Again:
		send abc\r
		expect [n/l]
		send n
		expect Sheets: 1, or several that work together, such as 2/3? [1]
		send \r
		expect sheet 1 of 1
		send \r
		expect 1-5
		send \x03
		expect No kit yet
		exit 0" purser init --kdf-memory 8 && test "$(purser kit status --json | field state)" = none && test "$(purser status --json | field state)" = open && echo abc >pwc && purser verify --password-file pwc >out &&
	PURSER_HOME=$TMP/l && terminal "expect New password
		send abc\r
		expect Again:
		send abc\r
		expect [n/l]
		send l
		expect purser kit new
		exit 0" purser init --kdf-memory 8 && test "$(purser kit status --json | field state)" = none'
check 'Ctrl-C before the password: no store at all' '
	PURSER_HOME=$TMP/n && terminal "expect New password
		send ab\x03
		exit 130" sh -c "trap : INT; purser init --kdf-memory 8; exit \$?" && test "$(purser status --json | field state)" = none'
check 'unlock with a prompt; then nothing asks any more' '
	terminal "expect Password:
		echo off
		send horse battery\r
		expect Unlocked until
		exit 0
		never horse" purser unlock --reveals 0 && purser account add paypal --provider paypal --no-input && purser account add mail --no-input'
check 'secret set asks for the value, masked' '
	terminal "expect Value:
		echo off
		send hunter2\r
		expect Stored: password of paypal, version 1.
		exit 0
		never hunter2" purser secret set paypal && test "$(purser secret show paypal --no-input)" = hunter2'
check 'an empty value is not stored: 2' '
	terminal "expect Value:
		send \r
		expect empty. Nothing was changed
		exit 2" purser secret set paypal'
check 'a value typed slowly is stored all the same: the agent is asked when it is needed' '
	terminal "expect Value:
		send slow
		pause 5600
		send ly\r
		expect Stored: note of paypal
		exit 0" purser secret set paypal note && test "$(purser secret show paypal note --no-input)" = slowly'
check 'recovery codes are asked one by one; show gives the next, --used burns it' '
	terminal "expect First recovery code:
		send aaa-1\r
		expect Next recovery code
		send bbb-2\r
		expect Next recovery code
		send \r
		expect Stored: recovery-code of paypal
		exit 0" purser secret set paypal recovery-code && test "$(purser secret show paypal recovery-code)" = aaa-1 &&
	test "$(purser secret show paypal recovery-code --used)" = aaa-1 && test "$(purser secret show paypal recovery-code --used)" = bbb-2 &&
	expect_exit 8 purser secret show paypal recovery-code'
check 'otp add asks for the seed and shows the first code, and asks for another way in' '
	terminal "expect otpauth address or seed:
		send JBSW Y3DP EHPK 3PXP\r
		expect Type this at the provider to finish there
		expect Which other way into paypal do you have?
		exit 0
		never JBSW" purser otp add paypal && grep -q "^[0-9]\{6\}.$" t && purser otp paypal --no-input >out && grep -qx "[0-9]\{6\}" out'
check 'a seed that is none: 7, it is not repeated in the message' '
	terminal "expect otpauth address or seed:
		send my-secret-1189\r
		expect purser:
		exit 7
		never 1189" purser otp add mail'
check 'rotate: o and n copy, l leaves it pending, d puts it in force' '
	export TMUX= DISPLAY= && terminal "expect New password ready (version 2)
		expect Page: https://
		expect o copy old   n copy new   d paypal took it   a abort   l later
		send x
		send o
		expect \e]52;c;aHVudGVyMg==\x07
		expect Copied
		pause 5300
		send n
		expect \e]52;c;
		expect l later
		send l
		expect stays pending
		exit 0" purser rotate paypal && test "$(purser secret show paypal --no-input)" = hunter2 && new=$(purser secret show paypal --pending) &&
	terminal "expect pending already
		expect l later
		send d
		expect version 2 in force
		exit 0" purser rotate paypal && test "$(purser secret show paypal)" = "$new" && purser secret history paypal password --json | field state | grep -qx old'
check 'rotate: a drops the new one' '
	terminal "expect l later
		send a
		expect the new password was dropped
		exit 0" purser rotate paypal && expect_exit 8 purser secret show paypal --pending'
check 'secret remove asks, and no is no' '
	printf x | purser secret set mail pin && terminal "expect [y/N]
		send n\r
		expect Nothing was removed
		exit 1" purser secret remove mail pin && test "$(purser secret show mail pin)" = x && terminal "expect [y/N]
		send y\r
		exit 0" purser secret remove mail pin && expect_exit 8 purser secret show mail pin'
check 'passwd: a wrong old one is found before the new one is asked' '
	terminal "expect Password:
		send wrong\r
		expect wrong password
		exit 3
		never New password" purser passwd'
check 'passwd: the new one twice' '
	terminal "expect Password:
		send horse battery\r
		expect New password
		send staple staple\r
		expect Again:
		send staple staple\r
		expect Password changed
		exit 0" purser passwd && terminal "expect Password:
		send staple staple\r
		exit 0" purser unlock --reveals 0'
check 'kit check types the sheet' '
	terminal "expect 1-5
		words kit4
		send \x20
		expect Kit verified.
		exit 0" purser kit check'
check 'kit new interrupted: the old kit stays the valid one' '
	terminal "expect Password:
		send staple staple\r
		expect sheet 1 of 1
		send \x03
		expect no kit yet
		exit 130" sh -c "trap : INT; purser kit new; s=\$?; exit \$s"; test "$(purser kit status --json | field fingerprint)" = "$(sed -n "s/^fingerprint //p" kit)"'
check 'kit new: typed back before it counts' '
	terminal "expect Password:
		send staple staple\r
		expect sheet 1 of 1
		learn kit
		send \r
		expect 1-5
		words kit
		send \x20
		expect Complete. Kit
		exit 0" purser kit new && test "$(purser kit status --json | field fingerprint)" = "$(sed -n "s/^fingerprint //p" kit)" && kit4'
check 'freeze, and what thaw says and asks: the password, the kit, its fingerprint, a new password, a new kit' '
	purser freeze >out && fp=$(sed -n "s/^fingerprint //p" kit | tr "0-9A-Z" "0-9a-z" | tr "0-" "o ") && cp kit kitO && terminal "expect Do it on a clean one.
		expect You need: the kit
		expect Type store to go on:
		send store\r
		expect Password:
		send staple staple\r
		expect 1-5
		words kit4
		send \x20
		expect Fingerprint on the paper:
		send 0000-0000-0000-0000\r
		expect That is not the fingerprint of this store
		expect Fingerprint on the paper:
		send $fp\r
		expect entries, unbroken
		expect Since the freeze
		expect New password
		send third time\r
		expect Again:
		send third time\r
		expect sheet 1 of 1
		learn kit
		send \r
		expect 1-5
		words kit
		send \x20
		expect THAWED
		expect Exposed before
		expect paypal
		exit 0" purser thaw'
check 'afterwards the new password opens it, the exposed ones are listed' '
	printf "third time" >pw && purser rotate --list --exposed --json --password-file pw | field account | grep -qx paypal &&
	purser secret show paypal --password-file pw >out && test -s out && ! cmp -s kit kitO'
check 'thaw not confirmed: 2, nothing was changed' '
	purser freeze >out && terminal "expect Type store to go on:
		send stone\r
		expect not confirmed. Nothing was changed
		exit 2" purser thaw && test "$(purser status --json | field state)" = frozen'
check 'thaw with a wrong password stops before the kit is typed: 3' '
	terminal "expect Type store to go on:
		send store\r
		expect Password:
		send wrong\r
		expect purser recover
		exit 3
		never 1-5" purser thaw'
check 'recover goes on as thaw and asks for no password; an empty new one is generated and typed back' '
	kit4 && terminal "expect Type store to go on:
		send store\r
		expect 1-5
		words kit4
		send \x20
		expect Fingerprint on the paper:
		send \r
		expect fingerprint not compared
		expect New password
		send \r
		expect Your password, 60 bits
		expect Type it:
		send x\r
		expect That is not it
		signal 2
		exit 130" purser recover --keep-kit && test "$(purser status --json | field state)" = frozen'
finish
