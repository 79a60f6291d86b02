# Facts that purser reads at run time: beside the program in the build tree, in share/purser when installed.
DATA     = $(patsubst data/%,$(BUILD)/data/%,$(wildcard data/*.txt))
ALL     += $(DATA)
INSTALL += $(foreach f,$(DATA),644:$f:share/purser/$(notdir $f))
$(BUILD)/data/%.txt: data/%.txt
	@mkdir -p $(@D)
	$(call Q,CP)cp $< $@
