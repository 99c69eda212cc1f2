"""The commands of `medgraft`: they parse, and show what came of it."""
