"""Ways to fine-tune a transferred network, one file each."""
