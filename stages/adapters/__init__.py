"""Raw data in: the adapters are in `formats`, one file each; they know formats, not stages."""
