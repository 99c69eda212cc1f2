"""What an audit computes again, part by part."""
