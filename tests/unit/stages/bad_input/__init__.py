"""The table of bad inputs; docs/bad-input.md is written from it."""
