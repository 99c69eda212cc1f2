"""Retraining on a schedule, on a change and on an event, under a Prefect server."""
