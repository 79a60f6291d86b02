# Catalogues: po/LANG.po becomes $(BUILD)/locale/LANG/LC_MESSAGES/purser.mo, where a program in the build tree looks first.
# `make po` takes new messages of the sources into the catalogues; tests/check-po.sh fails while one is not translated.
LANGS = $(patsubst po/%.po,%,$(wildcard po/*.po))
MO    = $(foreach l,$(LANGS),$(BUILD)/locale/$l/LC_MESSAGES/purser.mo)
ALL  += $(MO)
INSTALL += $(foreach l,$(LANGS),644:$(BUILD)/locale/$l/LC_MESSAGES/purser.mo:share/locale/$l/LC_MESSAGES/purser.mo)
$(BUILD)/locale/%/LC_MESSAGES/purser.mo: po/%.po
	@mkdir -p $(@D)
	$(call Q,MO)msgfmt -o $@ $<
po:
	@po/messages $(BUILD)/purser.pot
	@for l in $(LANGS); do msgmerge --quiet --update --backup=none --no-fuzzy-matching --no-location --no-wrap po/$$l.po $(BUILD)/purser.pot && \
		msgattrib --no-obsolete --no-wrap -o po/$$l.po po/$$l.po; msgfmt --check --statistics -o /dev/null po/$$l.po; done
.PHONY: po
