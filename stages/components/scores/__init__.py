"""Metrics with their intervals, and models compared by them."""
