"""Hands a model over to other tools, in their own formats and checked by their own libraries."""
