"""The parts of the stages, a folder per field: they know tensors and cases, not the paths of the workspace."""
