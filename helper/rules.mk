# Small programs beside the main one (libexec/purser), each alone in calling a heavy library: helper/prog_NAME.c.
# purser-qr draws QR codes, purser-qr-read finds them in pictures, purser-fido talks to security keys,
# purser-stamp reads replies of time stamping authorities, purser-names says what names look like.
HELPERS  = purser-qr purser-qr-read purser-fido purser-stamp purser-names
ALL     += $(HELPERS:%=$(BUILD)/%)
INSTALL += $(foreach h,$(HELPERS),755:$(BUILD)/$h:libexec/purser/$h)
HELPER_O = $(BUILD)/statement/sandbox.o $(patsubst %.c,$(BUILD)/%.o,$(wildcard base/*.c))
$(BUILD)/purser-qr: $(BUILD)/helper/prog_qr.o $(HELPER_O)
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ -lqrencode -lseccomp
$(BUILD)/purser-qr-read: $(BUILD)/helper/prog_qr_read.o $(HELPER_O)
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ -lzbar -lpng16 -ljpeg -lseccomp
$(BUILD)/purser-fido: $(BUILD)/helper/prog_fido.o $(BUILD)/helper/prog_fido_hid.o $(HELPER_O)
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ -lfido2 -lseccomp
$(BUILD)/purser-stamp: $(BUILD)/helper/prog_stamp.o $(BUILD)/crypto/tsa.o $(BUILD)/crypto/tsa_verify.o $(HELPER_O)
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ -lcrypto -lseccomp
# The only object that needs libcrypto; what is linked with all of the tests' library and calls it says so.
$(BUILD)/tests/unit/tsa_test $(BUILD)/tests/fuzz/tsa_fuzz: LIBS += -lcrypto
$(BUILD)/purser-names: $(BUILD)/helper/prog_names.o $(BUILD)/helper/prog_names_ask.o $(BUILD)/helper/names_take.o $(HELPER_O)
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ -licui18n -licuuc -lidn2 -lpsl -lnettle -lseccomp
