"""What an exported model consists of where torch or MONAI is needed to write it."""
