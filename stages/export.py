"""Writes a packaged model in a form that needs torch: a MONAI bundle, or ONNX.

Not a stage of the graph: `medgraft export` runs it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stages.contracts.errors import guarded


def main() -> None:
    """Reads a packaged model; writes into a folder that is there and empty."""
    parser = argparse.ArgumentParser(prog="stages.export")
    parser.add_argument("--format", choices=("bundle", "onnx"), required=True)
    for name in ("model", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    if args.format == "bundle":
        from stages.exporting.bundle import write_bundle

        write_bundle(args.model, args.out)
    else:
        from stages.exporting.onnx_file import write_onnx

        write_onnx(args.model, args.out)


if __name__ == "__main__":
    sys.exit(guarded(main))
