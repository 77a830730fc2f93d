"""What is wrong, or unwise, in a schedule that can be read: one family of rules a file, each a pure function."""
