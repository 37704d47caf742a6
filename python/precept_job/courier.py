"""Carries a job between its folder on storage and the private one of a process on some node."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from .stopping import alone
from .storage import Storage

#: What a process does not need in order to begin: what others said, saved and made.
LEFT = re.compile(r"^(events-\d+\.jsonl|log-\d+\.txt|states.*|checkpoint(-\d+)?|cancel|lock|result\.json|.*\.tmp)$")
#: What it never sends: what came from there, and what goes another way.
OWN = re.compile(r"^(job\.json|plan\.jsonl|rows\.jsonl|held-out\.jsonl|initial-adapter|initial|states|lock|cancel|.*\.tmp)$")
SECONDS = 1.0
#: Of events a second: the whole file is sent each time, so that a large one is sent less often.
BYTES = 1 << 20
#: Models that a node keeps.
KEPT = 4


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
            job[name] = str(fetch_model(storage, job[name]))
    (path / "job.json").write_text(json.dumps(job), "utf-8")


def fetch_model(storage: Storage, name: str) -> Path:
    """Where it lies; from a bucket it is fetched once for all processes of a node."""
    place = storage.place(name)
    if storage.is_folder:
        return Path(place)
    own = _own_folder()
    target = own / "models" / Path(place).name
    target.mkdir(parents=True, exist_ok=True)
    with alone(own / "lock"):
        os.utime(target)
        forget_models(target.parent)
        sizes = storage.sizes(name)
        lacking = [file for file, size in sizes.items() if not _has_size(target / file, size)]
        for file in sorted(lacking, key=lambda one: one == "whole"):
            storage.fetch(f"{name}/{file}", target / file)
    return target


def _own_folder() -> Path:
    """Of this user alone on a node: whoever else might write there could lay other weights."""
    user = os.getuid() if hasattr(os, "getuid") else "own"
    folder = Path(tempfile.gettempdir()) / f"precept-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or (user != "own" and (about.st_uid != user or about.st_mode & 0o022 != 0)):
        raise PermissionError(errno.EACCES, "the folder for models on a node is open to others")
    return folder


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def forget_models(folder: Path) -> None:
    """All but the last few that were asked for, and none that was asked for within the hour."""
    known = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime)
    for model in known[:-KEPT]:
        if time.time() - model.stat().st_mtime > 3600:
            shutil.rmtree(model, ignore_errors=True)


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
        due, is_told = 0.0, False
        while not self._ended.wait(SECONDS):
            try:
                if time.monotonic() >= due:
                    self._send(self._events)
                    events = self._path / self._events
                    due = time.monotonic() + (events.stat().st_size / BYTES if events.exists() else 0)
                if self._storage.has("cancel"):
                    (self._path / "cancel").touch()
            except Exception as error:
                # Storage that is away for a moment: at the next state, and at the end, it matters.
                if not is_told:
                    print(f"the storage is away: {error}", file=sys.stderr)
                is_told = True

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
