"""Renames the tensors of a foreign file by the rules that its owner writes into the params."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from torch import Tensor

from stages.contracts.errors import DataError

Rule = tuple[str, str | None]
"""A regular expression, and what stands in its matches' place; none leaves the whole tensor out."""


def map_keys(weights: Mapping[str, Tensor], rules: Sequence[Rule], source: str) -> dict[str, Tensor]:
    """Applies rule after rule, each to every name as the rules before it left it.

    Args:
        weights: Tensors by the names of the file.
        rules: Valid regular expressions and replacements.
        source: Name of the source, for errors.

    Raises:
        DataError: If a rule matches no name, or two tensors come to have one name.
    """
    names: dict[str, str] = {name: name for name in weights}
    for number, (pattern, replacement) in enumerate(rules, 1):
        expression = re.compile(pattern)
        matched = {foreign: name for foreign, name in names.items() if expression.search(name)}
        if not matched:
            raise _idle(source, number, pattern, list(names.values()))
        for foreign, name in matched.items():
            if replacement is None:
                del names[foreign]
            else:
                names[foreign] = expression.sub(replacement, name)
    return by_new_name(weights, names, source)


def by_new_name(weights: Mapping[str, Tensor], names: Mapping[str, str], source: str) -> dict[str, Tensor]:
    """Gives tensors by their new names.

    Args:
        weights: Tensors by the names of the file.
        names: The new name of each that is kept.
        source: Name of the source, for errors.

    Raises:
        DataError: If two of them come to have one name.
    """
    owners: dict[str, str] = {}
    for foreign, name in names.items():
        if name in owners:
            raise DataError(
                "two tensors of a weights file come to have one name",
                where=f"source {source}",
                why=f"{owners[name]!r} and {foreign!r} both become {name!r}",
                remedy=f"correct import_source.{source}.keys, or leave one of them out there with null",
            )
        owners[name] = foreign
    return {name: weights[foreign] for name, foreign in owners.items()}


def _idle(source: str, number: int, pattern: str, names: list[str]) -> DataError:
    shown = ", ".join(map(repr, names[:3])) + (", ..." if len(names) > 3 else "")
    return DataError(
        "a rule matches none of a weights file's tensors",
        where=f"import_source.{source}.keys, rule {number}: {pattern!r}",
        why=f"when its turn comes the names are {shown}" if names else "the rules before it leave none",
        remedy="correct the expression, remember that rules apply in order, or remove it",
    )
