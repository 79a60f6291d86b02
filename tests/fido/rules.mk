# A FIDO2 security key in software (softkey), and purser-fido built to find it: the only difference to what is installed is
# where devices come from (helper/prog_fido_hid.c).
CLI_TOOLS += $(BUILD)/tests/fido/softkey $(BUILD)/purser-fido-test
$(BUILD)/tests/fido/softkey: $(BUILD)/tests/fido/softkey.o
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $< -lcrypto
$(BUILD)/test/helper/prog_fido_hid.o: helper/prog_fido_hid.c $(BUILD)/flags | $(HAVE)
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CFLAGS) $(CPPFLAGS) $(ALL_C) -DPURSER_TEST_FIDO -c -o $@ $<
$(BUILD)/purser-fido-test: $(BUILD)/helper/prog_fido.o $(BUILD)/test/helper/prog_fido_hid.o $(HELPER_O)
	$(call Q,LD)$(CC) $(CFLAGS) $(ALL_LD) -o $@ $^ -lfido2 -lseccomp
