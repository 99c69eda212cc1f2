"""A model's lineage as a graph of stages and raw data: as a tree, as Mermaid, and drawn in the report."""
