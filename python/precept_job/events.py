"""What this program says: one JSON object a line in `events-ATTEMPT.jsonl`, and the sum over a finished checkpoint."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


class Events:
    """Appends events; only the first process writes. A new attempt never touches the file of an earlier one."""

    def __init__(self, folder: Path, attempt: int, writes: bool = True) -> None:
        self._sequence = 0
        self.writes = writes
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file = os.open(folder / f"events-{attempt}.jsonl", flags, 0o644) if writes else None

    def tell(self, kind: str, **fields: Any) -> None:
        if self._file is None:
            return
        self._sequence += 1
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {"v": 1, "seq": self._sequence, "at": at, "type": kind, **fields}
        os.write(self._file, (json.dumps(event, allow_nan=False) + "\n").encode("utf-8"))


def folder_hash(folder: Path) -> str:
    """sha256 in hex over the names and bytes of a folder's files, by name."""
    digest = hashlib.sha256()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in files):
        digest.update(f"{name}\0{path.stat().st_size}\0".encode("utf-8"))
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def write_lines(path: Path, values: Iterable[Any]) -> None:
    """Writes a file of JSON lines, all of it or nothing."""
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        for value in values:
            file.write(json.dumps(value, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_whole(path: Path, value: Any) -> None:
    """Writes a JSON file, all of it or nothing."""
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
