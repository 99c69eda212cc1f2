"""The stages of the pipeline, one file each; they exchange files, never imports."""
