"""What ingestion sees of cases: their content, what resembles what, and which belong together."""
