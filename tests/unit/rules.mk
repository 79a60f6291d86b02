# The reader's test starts the program itself.
$(BUILD)/tests/unit/reader_test: $(BUILD)/purser-reader
