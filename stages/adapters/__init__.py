"""Raw data in, one file per format; adapters know formats, not stages."""
