"""What ends a job by its own fault: told as a `failed` event, and not worth a second try."""

from __future__ import annotations

import errno
import re


class JobFailure(Exception):
    """Carries the event's code; the message names no path, since it may be shown far from this machine."""

    code = "engine"


class InputInvalid(JobFailure):
    code = "input-invalid"


class NotFinite(JobFailure):
    code = "not-finite"


class Diverged(JobFailure):
    code = "diverged"


class Interrupted(Exception):
    """Somebody asked for an end while a round was being drawn or scored."""


class Broken(Exception):
    """A round left the bounds of a monitor: the policy before it is the result."""

    def __init__(self, reason: str, step: int, metrics: dict[str, float]) -> None:
        super().__init__(reason)
        self.reason, self.step, self.metrics = reason, step, metrics


def code_of(error: BaseException) -> str:
    """`engine` where nothing better is known."""
    if isinstance(error, JobFailure):
        return error.code
    name = type(error).__name__
    text = str(error).lower()
    if isinstance(error, MemoryError) or name == "OutOfMemoryError" or "can't allocate memory" in text:
        return "out-of-memory"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS):
        return "storage"
    return "engine"


def message_of(error: BaseException) -> str:
    """The first line, without paths."""
    if isinstance(error, JobFailure):
        return str(error)
    if isinstance(error, OSError) and error.strerror is not None:
        return error.strerror
    return f"{type(error).__name__}: {without_paths(str(error))}"[:500]


def without_paths(text: str) -> str:
    """Its first line."""
    first = (text.strip().splitlines() or [""])[0]
    return re.sub(r"(?<![\w.])(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+)+", "…", first)
