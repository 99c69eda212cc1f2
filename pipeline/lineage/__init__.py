"""How a model came to be, as files under git: records, the registry, the log of decisions."""
