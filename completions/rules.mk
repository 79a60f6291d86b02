# Completions are made of the same table as help: completions/generate SHELL reads `purser help --list`.
COMPLETIONS = $(BUILD)/completions/purser.bash $(BUILD)/completions/_purser $(BUILD)/completions/purser.fish
ALL += $(COMPLETIONS)
INSTALL += 644:$(BUILD)/completions/purser.bash:share/bash-completion/completions/purser \
           644:$(BUILD)/completions/_purser:share/zsh/site-functions/_purser \
           644:$(BUILD)/completions/purser.fish:share/fish/vendor_completions.d/purser.fish
$(BUILD)/completions/purser.bash: SHELL_NAME = bash
$(BUILD)/completions/_purser: SHELL_NAME = zsh
$(BUILD)/completions/purser.fish: SHELL_NAME = fish
$(COMPLETIONS): $(BUILD)/purser completions/generate
	@mkdir -p $(@D)
	$(call Q,GEN)LC_ALL=C $< help --list | completions/generate $(SHELL_NAME) >$@
