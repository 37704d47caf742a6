"""Carries a job between its folder on storage and the private one of a process on some node."""

from __future__ import annotations

import json
import re
import tempfile
import threading
from pathlib import Path
from typing import Any

from .stopping import alone
from .storage import Storage

#: What a process does not need in order to begin: what others said, saved and made.
LEFT = re.compile(r"^(events-\d+\.jsonl|log-\d+\.txt|states.*|checkpoint(-\d+)?|cancel|lock|result\.json|.*\.tmp)$")
#: What it never sends: what came from there, and what goes another way.
OWN = re.compile(r"^(job\.json|plan\.jsonl|rows\.jsonl|held-out\.jsonl|initial-adapter|initial|states|lock|cancel|.*\.tmp)$")
SECONDS = 1.0


def fetch_job(storage: Storage, path: Path) -> None:
    """The job's files, with absolute places of its models."""
    for name in storage.names(deep=False):
        if not LEFT.match(name):
            storage.fetch(name, path / name)
    for folder in ("initial-adapter", "kept"):
        for name in storage.names(folder):
            storage.fetch(f"{folder}/{name}", path / folder / name)
    job = json.loads((path / "job.json").read_text("utf-8"))
    for name in ("initial", "reference"):
        if name in job:
            job[name] = str(_fetch_model(storage, job[name]))
    (path / "job.json").write_text(json.dumps(job), "utf-8")


def _fetch_model(storage: Storage, name: str) -> Path:
    """Where it lies; from a bucket it is fetched once for all processes of a node."""
    place = storage.place(name)
    if storage.is_folder:
        return Path(place)
    target = Path(tempfile.gettempdir()) / "precept-models" / Path(place).name
    target.mkdir(parents=True, exist_ok=True)
    with alone(target / "lock"):
        if not (target / "whole").exists():
            for file in sorted(storage.names(name), key=lambda one: one == "whole"):
                storage.fetch(f"{name}/{file}", target / file)
    return target


class Courier:
    """Of the first process: sends events as they are written, and brings the wish for an end."""

    def __init__(self, storage: Storage, path: Path, events: str) -> None:
        self._storage, self._path, self._events = storage, path, events
        self._sent: dict[str, tuple[int, int]] = {}
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def __enter__(self) -> Courier:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        self._thread.join()
        self._send(self._events)

    def send_all(self) -> None:
        """Everything that is new: files deep down first, the sign of success last, and then what was said."""
        files = [path.relative_to(self._path).as_posix() for path in self._path.rglob("*") if path.is_file()]
        kept = [name for name in files if name != self._events and not any(OWN.match(part) for part in name.split("/")[:1])]
        for name in sorted(kept, key=lambda one: (one == "result.json", -one.count("/"), one)):
            self._send(name)
        self._send(self._events)

    def _carry(self) -> None:
        while not self._ended.wait(SECONDS):
            try:
                self._send(self._events)
                if self._storage.has("cancel"):
                    (self._path / "cancel").touch()
            except OSError:
                # Storage that is away for a moment: at the next state, and at the end, it matters.
                continue

    def _send(self, name: str) -> None:
        with self._lock:
            source = self._path / name
            if not source.exists():
                return
            about = source.stat()
            stamp = (about.st_size, about.st_mtime_ns)
            if self._sent.get(name) != stamp:
                self._storage.send(source, name)
                self._sent[name] = stamp
