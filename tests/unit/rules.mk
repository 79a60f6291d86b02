# The reader's test starts the program itself.
$(BUILD)/tests/unit/reader_test: $(BUILD)/purser-reader
# Tests of contacts and addresses ask the helper as purser does: it is looked for beside the program.
$(BUILD)/tests/unit/contact_test $(BUILD)/tests/unit/chainaddr_test $(BUILD)/tests/unit/names_test: | $(BUILD)/tests/unit/purser-names
$(BUILD)/tests/unit/purser-names: $(BUILD)/purser-names
	@mkdir -p $(@D)
	@ln -sf ../../purser-names $@
