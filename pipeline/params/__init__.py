"""Reading, checking and changing params.yaml."""
