"""The adapters, one file each: how a data set in a format lists its cases and decodes them."""
