"""Parts of the stage `prepare` that its workers run too, wherever they are."""
