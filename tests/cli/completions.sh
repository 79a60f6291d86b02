#!/bin/sh
# Completions: what bash and fish really offer, that every command and option of the table is known to all three shells, and that
# names come from the unlocked agent only, without a question.
. "${0%/*}/lib.sh"
C=$BUILD/completions
export C
purser help --list >list
# offered LINE: what bash offers for the last word of LINE, one a line.
offered() {
	bash --norc --noprofile -c '. "$C/purser.bash"; set -f; COMP_WORDBREAKS=$'"' \\t\\n\"\\'><=;|&(:'"'
		line=$1; COMP_WORDS=(); for w in $line; do case $w in --*=*) COMP_WORDS+=("${w%%=*}" "="); [ -z "${w#*=}" ] || COMP_WORDS+=("${w#*=}") ;; *) COMP_WORDS+=("$w") ;; esac; done
		case $line in *" ") COMP_WORDS+=("") ;; esac; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); set +f; _purser; printf "%s\n" "${COMPREPLY[@]}"' - "$1"
}
has() { offered "$1" | grep -qxF -e "$2" || { echo "$1: no $2 in:"; offered "$1"; return 1; }; }
hasnt() { ! offered "$1" | grep -qxF -e "$2"; }

check 'bash: commands, help topics, global options' '
	has "purser " help && has "purser ver" version && hasnt "purser ver" help && has "purser --js" --json && has "purser help " exit-status &&
	has "purser help ver" version && has "purser version --no" --no-input && has "purser --color " always && has "purser --color=" never &&
	has "purser --color=al" always && hasnt "purser --color=al" never && has "purser --wait 5 ver" version && has "purser --tz UTC " help'
check 'bash: every command, subcommand and option is offered in its place' '
	cut -f1-3 list | sed "s/		/	.	/" | while IFS="	" read -r kind name long; do
		[ "$name" != . ] || name=
		case $kind in
		command) has "purser " "$name" ;;
		subcommand) has "purser ${name% *} " "${name#* }" ;;
		option) has "purser $name -" "$long" && case $long in *[a-z]) has "purser $name ${long%?}" "$long" ;; esac ;;
		esac || exit 1; done'
check 'bash: files with blanks, directories' '
	mkdir -p "d/a b" && touch "d/a file" && has "purser --password-file d/a" "d/a file" && has "purser --home d/" "d/a b" && hasnt "purser --home d/" "d/a file"'
check 'bash: names are the program'\''s, quoted, and never run' '
	mkdir -p fake && printf "#!/bin/sh\nprintf \"%%s\\\\n\" \"\$*\" >>\"\$TMP/calls\"\nprintf \"paypal\\\\nmy wallet\\\\n\\\\044(touch \$TMP/run-by-name)\\\\n\"\n" >fake/purser &&
	chmod +x fake/purser && PATH="$TMP/fake:$PATH" TMP=$TMP && export TMP && has "purser --confirm pay" paypal && offered "purser --confirm my" | grep -q "my.* wallet" &&
	offered "purser --home /x --confirm " >/dev/null && test ! -e run-by-name && grep -qx -e "--complete-names account" calls && grep -qx -e "--home /x --complete-names account" calls'
check 'without an unlocked agent there are no names, no question and no message' '
	purser --complete-names account >out 2>err && test ! -s out && test ! -s err'
check 'all three know every command and option' '
	cut -f1-3 list | sed "s/		/	.	/" | while IFS="	" read -r kind name long; do for f in purser.bash _purser purser.fish; do
		case $kind in option) w=${long#--} ;; *) w=${name##* } ;; esac
		grep -q -w -e "$w" "$C/$f" || { echo "$f: $kind $name $long"; exit 1; }; done || exit 1; done'
check 'bash takes its script' 'bash -n "$C/purser.bash"'
if command -v zsh >/dev/null; then
	check 'zsh takes its script and completes commands, options, values, subcommands on a terminal' '
		zsh -n "$C/_purser" && mkdir z && printf "PATH=%s:\$PATH\nfpath=(%s \$fpath)\nautoload -U compinit; compinit -u -D\nPS1=\"> \"\n" "$TMP/bin" "$C" >z/.zshrc &&
		sub=$(awk -F"\t" "\$1 == \"subcommand\" { print \$2; exit }" list) && ZDOTDIR=$TMP/z terminal "expect >
			send purser stat\t
			expect us
			send  --col\t
			expect or
			send al\t
			expect ways
			send \x15purser ${sub%?}\t
			expect ${sub#"${sub%?}"}
			send \x15exit\r
			exit 0" zsh'
else skip 'zsh takes its script' 'no zsh here'; fi
if command -v fish >/dev/null; then
	check 'fish takes its script and offers commands, subcommands, values' '
		fish -n "$C/purser.fish" && at() { fish --no-config -c "source \$C/purser.fish; complete -C \"\$argv\"" "$1" | cut -f1; }
		at "purser ver" | grep -qx version && at "purser --color " | grep -qx always && at "purser --no-i" | grep -qx -e --no-input'
else skip 'fish takes its script' 'no fish here'; fi
finish
