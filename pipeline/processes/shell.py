"""Decides how a stage's command line is started: as it stands, or by a shell, as DVC would."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

_PLAIN = re.compile(r"[\w@%+:,./= -]+", re.ASCII)
_BUILT_IN = re.compile(
    r"\.|:|\[|alias|bg|builtin|cd|command|declare|echo|eval|exec|exit|export|fc|fg|hash|jobs|kill|let|local"
    r"|logout|printf|pushd|popd|pwd|read|readonly|return|set|shift|source|test|time|times|trap|type|ulimit"
    r"|umask|unalias|unset|wait|if|for|while|case|function|select|until"
)
_WITHOUT_RC = {"zsh": ["--no-rcs"], "bash": ["--noprofile", "--norc"]}


def start_arguments(line: str, path: str) -> list[str]:
    """Splits a command line, or wraps it in the shell that DVC would use.

    Args:
        line: One command of a stage.
        path: The search path for programs.

    Returns:
        The arguments to start. A line without shell syntax needs no shell: one process less to
        start, and signals reach the program itself.
    """
    words = shlex.split(line) if _PLAIN.fullmatch(line) else []
    if words and "=" not in words[0] and not _BUILT_IN.fullmatch(words[0]):
        program = shutil.which(words[0], path=path)
        if program:
            return [words[0] if "/" in words[0] else program, *words[1:]]
    shell = os.environ.get("SHELL") or "/bin/sh"
    return [shell, *_WITHOUT_RC.get(Path(shell).name, []), "-c", line]
