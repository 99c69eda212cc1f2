"""The software and the host that a run computes with."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from importlib.metadata import distributions
from pathlib import Path

from pipeline.lineage.record import Observed, Software

SETTINGS = (
    "ATEN_CPU_CAPABILITY",
    "MKL_CBWR",
    "NPY_DISABLE_CPU_FEATURES",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
)
"""Environment variables by which the libraries that compute are told to use other instructions or kernels."""
_CPUINFO = Path("/proc/cpuinfo")


def read_software() -> Software:
    """Describes what besides data, params and code decides the bits."""
    flags = sorted(_cpuinfo("flags").split() or _cpuinfo("Features").split())
    return Software(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        machine=platform.machine(),
        cpu_features_sha256=hashlib.sha256(" ".join(flags).encode()).hexdigest() if flags else None,
        accelerators=_accelerators(),
        packages=_packages(),
        settings={name: os.environ[name] for name in SETTINGS if name in os.environ},
    )


def on_this_host(observed: Observed) -> Observed:
    """Adds the host's facts to what was observed of a run."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    facts = {
        "cpu": _cpuinfo("model name") or platform.processor() or None,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory, 1),
    }
    return observed.model_copy(update=facts)


def _packages() -> dict[str, str]:
    found = {str(one.metadata["Name"]).lower().replace("_", "-"): one.version for one in distributions()}
    return dict(sorted(found.items()))


def _cpuinfo(key: str) -> str:
    try:
        lines = _CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.split("\t")[0] == key), "")


def _accelerators() -> tuple[str, ...]:
    """Asks the driver, without importing torch: a second that a run of restored stages does not have."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    query = [program, "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return (
        tuple(line.strip() for line in done.stdout.splitlines() if line.strip())
        if not done.returncode
        else ()
    )
