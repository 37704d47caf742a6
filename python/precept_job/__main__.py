"""python -m precept_job FOLDER [--attempt N] [--follow-parent]: runs the job of a folder. --versions says what would compute it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .run import run, versions


def main() -> int:
    parser = argparse.ArgumentParser(prog="precept_job", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="the job folder")
    parser.add_argument("--attempt", type=int, help="number of this attempt; default: one that no events file has")
    parser.add_argument("--follow-parent", action="store_true", help="stop and save when standard input ends")
    parser.add_argument("--versions", action="store_true", help="print the versions of Python and the packages, and end")
    asked = parser.parse_args()
    if asked.versions:
        print(json.dumps(versions()))
        return 0
    if asked.folder is None:
        parser.error("which folder?")
    path = asked.folder.resolve()
    attempt = asked.attempt or 1 + sum(1 for _ in path.glob("events-*.jsonl"))
    return run(path, attempt, asked.follow_parent)


if __name__ == "__main__":
    sys.exit(main())
