"""One seed per purpose, so that a change of one draw leaves the others as they were."""

from __future__ import annotations

import hashlib

import torch


def derive_seed(seed: int, purpose: str) -> int:
    """Gives a 63-bit seed for a purpose."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{purpose}".encode()).digest()[:8]) >> 1


def generator(seed: int, purpose: str) -> torch.Generator:
    """Gives a generator of its own for a purpose."""
    return torch.Generator().manual_seed(derive_seed(seed, purpose))
