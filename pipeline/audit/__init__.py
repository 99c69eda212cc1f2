"""The audit of a model: what its record says, against what is there.

One file per check; each reads and none writes. A check names every difference, and what it could not check.
"""
