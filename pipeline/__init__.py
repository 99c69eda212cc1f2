"""Prefect flows and the command line: they know the stages by name only."""
