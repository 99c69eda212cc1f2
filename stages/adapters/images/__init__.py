"""Image files and masks as values: what a file holds is decided by its content."""
