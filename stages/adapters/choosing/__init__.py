"""Which adapter raw data ask for, and with what options: found by looking at them."""
