"""The parts of the stages, a folder per field: they know tensors and cases, but no path of a workspace."""
