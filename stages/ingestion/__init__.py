"""What the stage `ingest` does, and what looking at data without taking them does likewise."""
