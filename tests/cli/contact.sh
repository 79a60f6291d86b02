#!/bin/sh
# contact: what is known matches, what looks like it does not; locked, frozen, without a store and without the helper. account
# address: the book, and look-alikes of it and of the history.
. "${0%/*}/lib.sh"
echo "correct horse" >pw
u() { purser "$@" --password-file pw; }
book=0x52908400098527886E0F7030069857D2E4169EE7
poison=0x5290841111111111111111111111111111169ee7

check 'without a store: a verified domain matches, with the date, the source and what that does not say' '
	purser contact check https://www.paypal.com/signin >out 2>err && grep -q "^Matches the contact of PayPal confirmed on 20..-..-..: paypal.com" out &&
	grep -q "source: " out && grep -q "follow no link" out && grep -q "were not looked at" err && test ! -e "$PURSER_HOME"'
check 'nothing is ever called safe' '
	for x in paypal.com spoof@paypal.com "+44 20 3322 8352" 95188 evil.example; do purser contact check "$x" || :; done >out 2>&1 && test -s out && ! grep -qiw safe out'
check 'a look-alike: 10, whose it is not, why, who owns it, what is theirs' '
	expect_exit 10 purser contact check https://paypal.com.evil.example/login >out && grep -q "^NOT PayPal: paypal.com.evil.example" out &&
	grep -q "the end counts" out && grep -q "registered evil.example" out && grep -q "Known of PayPal: paypal.com" out'
check 'what only has their name in it may be one that nobody told purser of: not known as theirs, 10' '
	for x in paypal.co my-paypal.example; do expect_exit 10 purser contact check $x >out || exit 1; grep -q "^NOT known of PayPal: $x" out && grep -q "anybody may have registered" out || exit 1; done'
check '... by letters of another alphabet, and in punycode' '
	for x in "$(printf "p\320\260ypal.com")" xn--pypal-4ve.com; do expect_exit 10 purser contact check "$x" >out || exit 1; grep -q "^NOT PayPal" out && grep -q "mixes alphabets" out || exit 1; done'
check 'not known: 10, and what not to do' '
	expect_exit 10 purser contact check "+49 30 7654321" >out && grep -q "^NOT a contact of any provider that purser knows (data of 20..-..-..). Do not call it" out &&
	expect_exit 10 purser contact check nobody@mail.example >out && grep -q "Do not answer" out && expect_exit 10 purser contact check hello >out'
check 'only reported by others: 10, and said so' '
	expect_exit 10 purser contact check 95188 >out && grep -q "only reported by others" out && ! grep -q "^Matches the contact" out'
check 'a number typed with blanks is one; several at a time are refused' '
	purser contact check +44 20 3322 8352 >out && grep -q Revolut out && grep -q "call this one yourself" out && expect_exit 2 purser contact check https://a.example https://b.example &&
	expect_exit 2 purser contact check "" && expect_exit 2 purser contact check'
check 'a changed digit, another country: not theirs' '
	expect_exit 10 purser contact check "+44 20 3322 8353" >out && grep -q "^NOT Revolut" out && expect_exit 10 purser contact check "+880 20 3322 8352" >out && grep -q "another country" out'
check 'mail: the exact address matches, another one at the domain does not; the sender can be forged' '
	purser contact check "PayPal <spoof@paypal.com>" >out && grep -q "can be forged" out && expect_exit 10 purser contact check service@paypal.com >out && grep -q "not one that purser knows" out'
check 'tricks of a URL with a verified host: 10' '
	for x in http://www.paypal.com/ https://www.paypal.com:8443/ https://me@www.paypal.com/ "https:\\\\www.paypal.com" https://www.paypal%2ecom/; do
		expect_exit 10 purser contact check "$x" >out || exit 1; grep -q "^NOT as PayPal has it" out || exit 1; done'
check 'data:, javascript: and numbers instead of names: 10' '
	for x in "data:text/html,paypal.com" "javascript:location=1" https://192.0.2.1/paypal.com https://0x7f.1/ "https://[::1]/"; do expect_exit 10 purser contact check "$x" >out || exit 1; ! grep -q ^Matches out || exit 1; done'
check 'what would steer a terminal is not printed as it is' '
	expect_exit 10 purser contact check "$(printf "https://evil.example/\033[2J\342\200\256x")" >out 2>&1 && ! grep -q "$(printf "\033")" out && ! grep -q "$(printf "\342\200\256")" out &&
	expect_exit 10 purser contact check "$(printf "\377\376.com")" >out'
check 'as an object: verdict, reasons, of whom, from where' '
	expect_exit 10 purser contact check --json paypa1.com >out && test "$(field object <out)" = contact && test "$(field verdict <out)" = look-alike && field why <out | grep -q confusable &&
	field of <out | grep -q "\"who\":\"paypal\"" && test "$(field own_looked_at <out)" = false &&
	purser contact check --json paypal.com >out && test "$(field verdict <out)" = match && field of <out | grep -q "\"confirmed\":\"20"'
check 'the list: every contact with where and when; one provider; an unknown one: 8' '
	purser contact list --json >out && test $(wc -l <out) -gt 30 && ! field checked <out | grep -v "^20..-..-..$" && purser contact list Revolut >out && grep -q "+44 20 3322 8352" out && ! grep -q PayPal out &&
	expect_exit 8 purser contact list paypl 2>err && grep -q "Near: paypal" err'
check 'whom a case goes to is known as well' '
	purser contact check ombudsman@ombudsfin.be >out 2>&1 && grep -q "^Matches the contact of Ombudsfin" out && purser contact check www.financial-ombudsman.org.uk >out 2>&1 && purser contact check "+32 800 120 33" >out 2>&1 && purser contact list uk-ombudsman >out 2>&1 && grep -q financial out &&
	expect_exit 10 purser contact check financial-ombudsman.org >out 2>&1 && grep -q "^NOT" out'
check 'no reader of a long list: quiet' 'purser contact list 2>err | head -1 >out; ! grep -q "cannot write" err'
check 'every domain, number and address that is shipped and confirmed matches' '
	purser contact list --json >all && perl -MJSON::PP -ne "\$o = JSON::PP->new->utf8->decode(\$_); print \"\$o->{value}\n\" if \$o->{status} eq \"confirmed\"" all >values && test $(wc -l <values) -gt 20 &&
	while IFS= read -r v; do purser contact check "$v" >out 2>&1 || { echo "$v"; exit 1; }; done <values'
check 'without the helper: what is ASCII is answered, and what was not looked for is said' '
	mkdir -p bare && cp "$BUILD/purser-test" bare/purser && cp -r "$BUILD/data" bare/ && bare/purser contact check paypal.com >out 2>err && grep -q "could not be looked for" err &&
	expect_exit 10 bare/purser contact check paypa1.com >out && grep -q "^NOT PayPal" out && expect_exit 10 bare/purser contact check xn--pypal-4ve.com >out && expect_exit 10 bare/purser contact check --json xn--80ak6aa92e.com >out &&
	test "$(field examined <out)" = false'

mkfifo ask said
cat <said >answer &
"$BUILD/purser-names" <ask >said 2>&1 & pid=$!
exec 7>ask
printf 'H\12\0paypal.com' >&7
perl -e 'select undef, undef, undef, 0.3'
check 'the helper: no arguments, a system call filter, no new privileges, no core, no descriptor but its own' '
	test "$(tr "\0" "\n" </proc/$pid/cmdline | wc -l)" = 1 && grep -q "NoNewPrivs:.1" /proc/$pid/status && grep -q "Seccomp:.2" /proc/$pid/status &&
	grep -qE "Max core file size +0 +0" /proc/$pid/limits && grep -q paypal.com answer'
exec 7>&-
check '... ends with the questions, and at once with what is none' '
	wait $pid; ! kill -0 $pid 2>/dev/null; printf "H\377\377x" | expect_exit 2 "$BUILD/purser-names" >o && printf "H\0\0" | expect_exit 2 "$BUILD/purser-names" >o && printf "H\1" | expect_exit 2 "$BUILD/purser-names" >o &&
	printf "Z\1\0x" | "$BUILD/purser-names" | od -An -tx1 | grep -q "^ 01$" && "$BUILD/purser-names" </dev/null'

check 'init' 'purser init --no-input --kdf-memory 8 --password-file pw --kit-file kit --unverified-kit -q'
check 'locked: asks for nothing, at a terminal neither' '
	no_terminal purser contact check paypal.com --no-input >out 2>err && grep -q "locked" err && terminal "exit 0" purser contact check paypal.com && ! grep -qi password t'
check 'a contact of an account and of somebody else: they match from then on, with the date' '
	u account add giro --provider bank && u contact add giro phone "+49 30 7654321" --note "back of the card" && u contact add "my bank" domain sparbank.example &&
	u contact add "ms k." ms.k@largemail.example && u contact check 0049307654321 >out 2>err && grep -q "giro that you confirmed on 20" out && ! grep -q "were not looked at" err &&
	u contact check https://online.sparbank.example/ >out && grep -q "my bank" out && u contact check ms.k@largemail.example >out && expect_exit 10 u contact check sparbamk.example >out && grep -q "^NOT my bank" out'
check '... it is a contact of the account, on the card too; locked it is not known' '
	u account show giro --json >out && grep -q 7654321 out && grep -q 7654321 "$PURSER_HOME/device/card" && expect_exit 10 purser contact check "+49 30 7654321" >out 2>err && grep -q "were not looked at" err'
check 'through an unlocked agent: without a password' '
	u unlock -q && purser contact check "+49 30 7654321" >out 2>err && grep -q giro out && ! grep -q "were not looked at" err && purser contact list giro >out && grep -q "your own entry of 20" out; purser lock -q'
check 'a wrong password that was given is an error, not a verdict' 'echo wrong >pw2 && expect_exit 3 purser contact check paypal.com --password-file pw2'
check 'a look-alike of a known contact is asked about: without an answer nothing is kept' '
	expect_exit 2 u contact add shop domain paypa1.com --no-input 2>err && grep -q "paypal.com" err && u contact list >out && ! grep -q paypa1 out && u contact add shop domain paypa1.com --yes && u contact list shop >out && grep -q paypa1 out'
check '... and is no contact of PayPal afterwards' 'u contact check paypa1.com >out && grep -q "shop" out && ! grep -q "of PayPal" out'
check 'what cannot be read is refused' '
	expect_exit 2 u contact add x phone abc && expect_exit 2 u contact add x domain "foo bar" && expect_exit 2 u contact add x nothing 1 && expect_exit 2 u contact add x mail paypal.com &&
	expect_exit 2 u contact add x "$(printf "a\033b")" && expect_exit 2 u contact add "" domain a.example'
check 'added again: confirmed anew, not doubled; removed: gone' '
	u contact add "my bank" domain sparbank.example --note twice && u contact list "my bank" --json >out && test $(wc -l <out) = 1 && grep -q twice out && u contact remove "my bank" sparbank.example &&
	expect_exit 8 u contact list "my bank" && expect_exit 8 u contact remove "my bank" sparbank.example && u contact remove giro "+49 30 7654321" && expect_exit 10 u contact check "+49 30 7654321" >out'
check 'the log tells that it was done' 'u log list >out && grep -q contact-add out && grep -q contact-remove out'

check 'the book of addresses: kept with its kind; a wrong checksum and a private key are not' '
	u account address add giro $book --label landlord --json >out && test "$(field kind <out)" = ethereum && test "$(field object <out)" = address && test "$(field account <out)" = giro &&
	u account address add "DE89 3704 0044 0532 0130 00" && expect_exit 2 u account address add 0x52908400098527886E0F7030069857D2E4169Ee7 2>err && grep -q checksum err &&
	expect_exit 2 u account address add 5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ 2>err && grep -q "private key" err && u account address list >out && test $(grep -c "^A" out) = 2'
check '... an address of it matches, in either case and with blanks; another one does not' '
	u account address check 0x52908400098527886e0f7030069857d2e4169ee7 >out && grep -q "landlord that you confirmed" out && u account address check "DE89370400440532013000" &&
	expect_exit 10 u account address check 0x1111111111111111111111111111111111111111 >out && grep -q "NOT an address of your own book" out && expect_exit 2 u account address check paypal.com'
check 'one with the same ends: not theirs, and why; kept only when the person says so' '
	expect_exit 10 u account address check $poison >out && grep -q "^NOT landlord" out && grep -q "led astray" out && expect_exit 10 u contact check $poison >out && grep -q "^NOT landlord" out &&
	expect_exit 2 u account address add $poison --no-input && u account address list >out && ! grep -q 0x529084111 out'
check 'an address of the history proves nothing, and look-alikes of it are told' '
	u history add giro -10.00 EUR --with "1BoatSLRHtKNngkdXEeobR76b53LETtpyT" && expect_exit 10 u account address check 1BoatSLRHtKNngkdXEeobR76b53LETtpyT >out && grep -q "proves nothing" out &&
	expect_exit 10 u account address check 1BoatSLRHtKNngkdXEeobR76b53LETtpyX >out && grep -q "^NOT " out'
check 'removed, by its ID or by itself; an unknown one: 8' '
	u account address remove A1 && expect_exit 10 u account address check $book >out && u account address remove DE89370400440532013000 && expect_exit 8 u account address remove A1 && expect_exit 8 u account address remove A77 &&
	u account address list >out 2>err && test ! -s out && expect_exit 2 u account address && expect_exit 2 u account address frob && expect_exit 8 u account address add nobody $book'
check 'with an account they go' 'u account address add giro $book && u account remove giro --confirm giro && u account address list >out && test ! -s out'

check 'what is shipped cannot be read: said, and nothing is claimed of it' '
	rm -rf bare && mkdir -p bare && cp "$BUILD/purser-test" bare/purser && cp -r "$BUILD/data" bare/ && echo "bogus: x" >>bare/data/laws.txt && expect_exit 10 bare/purser contact check paypal.com >out 2>err &&
	grep -q "laws.txt:[0-9]*: " err && grep -q "no contacts here to compare" out && ! grep -q "NOT a contact" out'
check 'restored and not recovered: what is shipped is answered, with a password at hand too; a wrong one is refused' '
	mkdir -p rest && echo wrong >bad && PURSER_HOME=$TMP/rest/a && purser init -q --no-input --kdf-memory 8 --password-file pw --kit-file rest/kit --unverified-kit >/dev/null 2>&1 && purser backup rest/b -q >/dev/null 2>&1 &&
	expect_exit 3 purser contact check paypal.com --password-file bad --no-input && PURSER_HOME=$TMP/rest/r && purser restore rest/b --no-recover -q --yes --no-input >/dev/null 2>&1 &&
	u contact check paypal.com >out 2>err && grep -q "^Matches" out && grep -q "could not be read: .*restored" err && expect_exit 10 u contact check paypa1.com'
check 'frozen: shipped contacts are answered, and with the password the own ones' '
	u contact add "my bank" domain sparbank.example && purser freeze >out && purser contact check paypal.com >out && expect_exit 10 purser contact check paypa1.com >out && u contact check sparbank.example >out && grep -q "my bank" out'
check 'in Chinese' 'purser --lang zh contact check paypal.com >out && grep -q paypal.com out && expect_exit 10 purser --lang zh contact check paypal.com.evil.example >out && test -s out'
check 'a file of the user own adds contacts, said to be that; a broken one is left out' '
	mkdir -p "$PURSER_HOME" && printf "provider: mybank\nclass: bank\nen: My Bank\nzh: My Bank\ndomain: mybank.example\nsource: my contract\nchecked: 2026-11-20\nstatus: confirmed\n" >"$PURSER_HOME/providers.txt" &&
	purser contact check www.mybank.example >out && grep -q "My Bank" out && purser contact list mybank >out && grep -q "your own file" out && echo "nonsense" >>"$PURSER_HOME/providers.txt" &&
	expect_exit 10 purser contact check www.mybank.example >out 2>err && grep -q "left out" err && purser contact check paypal.com >out 2>err'
finish
