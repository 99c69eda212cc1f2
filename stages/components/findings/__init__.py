"""Checks of the cases of a domain, each of which gives findings, and the rules that run them."""
