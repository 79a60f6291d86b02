# Man pages: purser(1) and a page for each line of cmd/commands.c (but those marked hidden) are printed by the program itself from
# the table; the pages of section 5 are written by hand here.
# `purser` alone and what is hidden have none.
# A name in C cannot begin with a digit: cmd_twofa is `2fa`.
COMMANDS_SHOWN := $(patsubst twofa,2fa,$(filter-out alone,$(shell sed -n '/hidden/d; s/^\t&cmd_\([a-z0-9]*\),.*/\1/p' cmd/commands.c)))
MAN1  = $(BUILD)/man/purser.1 $(COMMANDS_SHOWN:%=$(BUILD)/man/purser-%.1)
MAN5 := $(wildcard man/*.5)
ALL  += $(MAN1)
INSTALL += $(foreach f,$(MAN1),644:$f:share/man/man1/$(notdir $f)) $(foreach f,$(MAN5),644:$f:share/man/man5/$(notdir $f))
MANLINT += $(MAN1) $(MAN5)
$(BUILD)/man/purser.1: $(BUILD)/purser
	@mkdir -p $(@D)
	$(call Q,MAN)LC_ALL=C $< help --man >$@
$(BUILD)/man/purser-%.1: $(BUILD)/purser
	@mkdir -p $(@D)
	$(call Q,MAN)LC_ALL=C $< help --man $* >$@
