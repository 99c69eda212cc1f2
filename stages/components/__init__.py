"""Torch and MONAI parts: they know tensors and cases, not the paths of the workspace."""
