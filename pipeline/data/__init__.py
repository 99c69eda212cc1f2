"""`medgraft data`: looks at a user's own data, and takes them."""
