"""python -m precept_job FOLDER [--attempt N] [--follow-parent]: runs the job of a folder. --versions says what would compute it.

As the entrypoint of a Ray job, `python -m precept_job job.json`, it runs that of the folder on storage that PRECEPT_JOB names.
"""

from __future__ import annotations

import argparse
import json
import os
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
    on_storage = os.environ.get("PRECEPT_JOB")
    if on_storage is not None and asked.folder.name == "job.json":
        from .on_ray import run_on_ray

        return run_on_ray(on_storage)
    path = asked.folder.resolve()
    attempt = asked.attempt or 1 + sum(1 for _ in path.glob("events-*.jsonl"))
    return run(path, attempt, asked.follow_parent)


if __name__ == "__main__":
    sys.exit(main())
