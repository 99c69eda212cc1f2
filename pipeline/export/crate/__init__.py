"""A Provenance Run Crate 0.5 (Leo et al. 2024): the workflow, each step of it as it ran, and the model."""
