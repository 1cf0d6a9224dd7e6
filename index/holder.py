"""Who is writing an index, told without touching its lock: to try a lock is to hold it for a moment."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from index.blocks import one_line

_PROCESS = re.compile(r"process (?P<number>\d+) on (?P<host>\S+) since ")


def writer_of(folder: Path) -> str | None:
    """Return which process writes an index, as it said itself, or None where none does that is still alive."""
    try:
        said = one_line((folder / "write.lock.holder").read_text(encoding="utf-8", errors="replace"))[:200]
    except OSError:
        return None
    process = _PROCESS.match(said)
    if process and process["host"] == socket.gethostname() and not _is_alive(int(process["number"])):
        return None
    return said or None


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # elsewhere, signal 0 is a signal
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
