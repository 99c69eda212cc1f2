"""Typed data at the borders between stages: no torch, MONAI, Prefect or DVC in here."""
