"""Families of networks, one file each: how MONAI builds them, and where they are cut."""
