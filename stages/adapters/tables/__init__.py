"""Tables of labels and of clinical values: their files, their cells and their columns."""
