# The manual of the file formats: a frame and one part a file, each written beside the code that it describes.
STORE5_PARTS = $(wildcard $(addprefix man/parts/,keys.mdoc device.mdoc totp.mdoc fido.mdoc fuse.mdoc store.mdoc schema.mdoc log.mdoc change.mdoc small.mdoc card.mdoc backup.mdoc))
ALL     += $(BUILD)/man/purser-store.5
MANLINT += $(BUILD)/man/purser-store.5
INSTALL += 644:$(BUILD)/man/purser-store.5:share/man/man5/purser-store.5
$(BUILD)/man/purser-store.5: man/purser-store.head $(STORE5_PARTS) man/purser-store.tail
	@mkdir -p $(@D)
	$(call Q,CAT)cat $^ >$@
