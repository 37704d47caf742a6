"""Tests of what carries a job to a cluster's process and back; they need no cluster.

    python -m unittest test_courier
"""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from precept_job.courier import Courier, fetch_job
from precept_job.storage import Storage


class Carrying(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        root = Path(scratch.name)
        self.place, self.own = root / "storage" / "jobs" / "f", root / "own"
        (self.place / "initial-adapter").mkdir(parents=True)
        (self.place / "initial-adapter" / "adapter_config.json").write_text("{}")
        (self.place / "job.json").write_text(json.dumps({"initial": "../../models/m"}))
        for name in ("plan.jsonl", "events-1.jsonl", "result.json", "cancel"):
            (self.place / name).write_text("")
        self.own.mkdir()
        self.storage = Storage(str(self.place))

    def test_brings_what_a_process_needs_and_nothing_else(self) -> None:
        fetch_job(self.storage, self.own)
        found = sorted(path.relative_to(self.own).as_posix() for path in self.own.rglob("*") if path.is_file())
        self.assertEqual(found, ["initial-adapter/adapter_config.json", "job.json", "plan.jsonl"])
        initial = json.loads((self.own / "job.json").read_text())["initial"]
        self.assertEqual(initial, str(self.place.parent.parent / "models" / "m"))

    def test_sends_what_is_new_and_the_sign_of_success_after_the_rest(self) -> None:
        fetch_job(self.storage, self.own)
        order: list[str] = []
        send = self.storage.send
        self.storage.send = lambda source, name: (order.append(name), send(source, name))[1]  # type: ignore[method-assign]
        (self.own / "checkpoint").mkdir()
        for name in ("checkpoint/weights", "references.json", "result.json", "events-2.jsonl"):
            (self.own / name).write_text(name)
        courier = Courier(self.storage, self.own, "events-2.jsonl")
        courier.send_all()
        self.assertEqual(order, ["checkpoint/weights", "references.json", "result.json", "events-2.jsonl"])
        courier.send_all()
        self.assertEqual(len(order), 4)
        self.assertEqual((self.place / "job.json").read_text(), json.dumps({"initial": "../../models/m"}))

    def test_brings_the_wish_for_an_end_and_the_last_words(self) -> None:
        with Courier(self.storage, self.own, "events-2.jsonl") as courier:
            (self.own / "events-2.jsonl").write_text("last\n")
            courier._thread.join(1.5)
            self.assertTrue((self.own / "cancel").exists())
        self.assertEqual((self.place / "events-2.jsonl").read_text(), "last\n")


if __name__ == "__main__":
    unittest.main()
