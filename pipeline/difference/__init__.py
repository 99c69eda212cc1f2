"""How one model differs from another: data, params, code, environment and test scores."""
