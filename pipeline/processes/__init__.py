"""The processes of stages: how they are started, bounded and ended."""
