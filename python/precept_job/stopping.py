"""Who may ask for an end: the `cancel` file, a signal, and the parent by dying."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .faults import Interrupted

try:
    import fcntl
except ImportError:  # Windows, where an orphaned process ends before anybody gives the command again, or they meet
    fcntl = None  # type: ignore[assignment]


class Stop:
    def __init__(self, folder: Path) -> None:
        self._cancel = folder / "cancel"
        self._asked = threading.Event()
        self._lines: queue.Queue[bytes] = queue.Queue()

    def listen(self, follows_parent: bool) -> None:
        """SIGTERM and SIGINT end the job after the step at hand; with a parent, so does the end of standard input."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._asked.set())
        if follows_parent:
            threading.Thread(target=self._read_to_end, daemon=True).start()

    def _read_to_end(self) -> None:
        # Not sys.stdin: its lock, held by this thread, would end the interpreter with an error.
        self.read_lines(0)

    def read_lines(self, source: int) -> None:
        """Until its end, which is a wish for an end of the job."""
        rest = b""
        while fresh := os.read(source, 1 << 16):
            *lines, rest = (rest + fresh).split(b"\n")
            for line in lines:
                self._lines.put(line)
        self._asked.set()

    def wait_for_line(self) -> bytes:
        """The next line that the parent writes. Raises Interrupted where somebody asks for an end before."""
        while True:
            try:
                return self._lines.get(timeout=0.1)
            except queue.Empty:
                if self.is_asked():
                    raise Interrupted from None

    def pause(self, seconds: float) -> None:
        """Raises Interrupted where somebody asks for an end meanwhile."""
        until = time.monotonic() + seconds
        while True:
            if self.is_asked():
                raise Interrupted
            if (left := until - time.monotonic()) <= 0:
                return
            self._asked.wait(min(left, 0.2))

    def is_asked(self) -> bool:
        return self._asked.is_set() or self._cancel.exists()


def hold_alone(folder: Path, stop: Stop) -> IO[str] | None:
    """
    The job folder's lock, held until this process ends; waits for an earlier one, which may still be saving after its parent
    was killed. None where somebody asked for an end before that.
    """
    file = (folder / "lock").open("w")
    while fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if stop.is_asked():
                return None
            time.sleep(0.1)
    return file


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process of this machine at a time."""
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
