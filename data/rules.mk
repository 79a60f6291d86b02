# Facts that purser reads at run time: beside the program in the build tree, in share/purser when installed.
DATA     = $(patsubst data/%,$(BUILD)/data/%,$(wildcard data/*.txt))
ALL     += $(DATA)
INSTALL += $(foreach f,$(DATA),644:$f:share/purser/$(notdir $f))
$(BUILD)/data/%.txt: data/%.txt
	@mkdir -p $(@D)
	$(call Q,CP)cp $< $@
# Made-up statements, for `purser drill --look`.
MADE_UP  = $(patsubst %,$(BUILD)/data/made-up/%,paypal-activity-en.csv alipay-app.csv wechat.xlsx apple-card.csv)
ALL     += $(MADE_UP)
INSTALL += $(foreach f,$(MADE_UP),644:$f:share/purser/made-up/$(notdir $f))
$(BUILD)/data/made-up/%: tests/made-up/%
	@mkdir -p $(@D)
	$(call Q,CP)cp $< $@
