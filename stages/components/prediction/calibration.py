"""How sure a model should be: temperature scaling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TEMPERATURES = (0.05, 20.0)
_LEAST = float(np.finfo(np.float32).tiny)  # probabilities come in float32, where they may be rounded to 0


def fit_temperature(probabilities: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Gives the temperature at which held-out cases are likeliest (Guo et al. 2017).

    Args:
        probabilities: Shape (cases, classes), rows adding up to 1. Of validation cases: on training
            cases a model is surer than it should be anywhere else.
        labels: True class of each case, shape (cases,).

    Returns:
        Above 1 where the model was too sure, within `TEMPERATURES`; 1 where every case is called
        rightly, as these cases then set no limit to how sure the model should be.
    """
    from scipy.optimize import minimize_scalar

    logs = _logs(probabilities)
    truth = logs[np.arange(len(labels)), labels]
    if (truth >= logs.max(axis=1)).all():
        return 1.0

    def loss(log_sharpness: float) -> float:
        sharpness = np.exp(log_sharpness)
        return float((_log_sum(sharpness * logs) - sharpness * truth).mean())

    low, high = TEMPERATURES
    bounds = (-np.log(high), -np.log(low))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    return float(np.exp(-found.x))


def temper(probabilities: NDArray[np.floating], temperature: float) -> Floats:
    """Divides the logits by a temperature; which class is the likeliest stays as it was.

    Args:
        probabilities: Shape (cases, classes), rows adding up to 1.
        temperature: Above 1 makes less sure, below 1 surer; 1 changes nothing, to rounding.

    Returns:
        Probabilities of the same shape.
    """
    scaled = _logs(probabilities) / temperature
    tempered: Floats = np.exp(scaled - _log_sum(scaled)[:, None])
    return tempered


def _logs(probabilities: NDArray[np.floating]) -> Floats:
    logs: Floats = np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
    return logs


def _log_sum(logits: Floats) -> Floats:
    from scipy.special import logsumexp

    summed: Floats = logsumexp(logits, axis=1)
    return summed
