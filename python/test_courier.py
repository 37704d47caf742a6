"""Tests of what carries a job to a cluster's process and back; they need no cluster.

    python -m unittest test_courier
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from precept_job.courier import Courier, fetch_job, fetch_model, forget_models
from precept_job.events import Events
from precept_job.faults import InputInvalid
from precept_job.room import find_shortage, wait_for_room
from precept_job.run import attempt
from precept_job.stopping import Stop
from precept_job.storage import Storage, refuse_outside


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

    def test_sends_what_grows_less_often_and_hears_a_wish_for_an_end_after_any_fault(self) -> None:
        sent: list[str] = []
        (self.own / "events-2.jsonl").write_text("x" * (5 << 20))
        courier = Courier(self.storage, self.own, "events-2.jsonl")
        self.storage.send = lambda source, name: sent.append(name)  # type: ignore[method-assign]
        has, asked = self.storage.has, []

        def fail_once(name: str) -> bool:
            asked.append(name)
            if len(asked) == 1:
                raise ValueError("Arrow's")
            return has(name)

        self.storage.has = fail_once  # type: ignore[method-assign]
        with contextlib.redirect_stderr(io.StringIO()) as said, courier:
            courier._thread.join(2.5)
            (self.own / "events-2.jsonl").write_text("more")
            self.assertEqual(sent, ["events-2.jsonl"])
            self.assertTrue((self.own / "cancel").exists())
        self.assertEqual(said.getvalue().count("Arrow's"), 1)
        self.assertEqual(sent, ["events-2.jsonl"] * 2)

    def test_brings_the_wish_for_an_end_and_the_last_words(self) -> None:
        with Courier(self.storage, self.own, "events-2.jsonl") as courier:
            (self.own / "events-2.jsonl").write_text("last\n")
            courier._thread.join(1.5)
            self.assertTrue((self.own / "cancel").exists())
        self.assertEqual((self.place / "events-2.jsonl").read_text(), "last\n")


class Outside(unittest.TestCase):
    def test_fetches_no_file_whose_name_leads_out_of_its_folder(self) -> None:
        for name in ("../evil", "a/../../evil", "a\\..\\evil", "/evil"):
            with self.assertRaises(InputInvalid):
                refuse_outside(name)
        refuse_outside("checkpoint/a..b.json")


class Models(unittest.TestCase):
    def test_fetches_a_model_once_and_again_where_a_file_is_not_whole(self) -> None:
        with tempfile.TemporaryDirectory() as scratch, mock.patch("tempfile.gettempdir", return_value=scratch):
            source = Path(scratch) / "bucket"
            (source / "models" / "m").mkdir(parents=True)
            for name in ("config.json", "whole"):
                (source / "models" / "m" / name).write_text(name)
            storage = Storage(str(source))
            storage.is_folder = False
            place = fetch_model(storage, "models/m")
            self.assertEqual(place.parent.parent.stat().st_mode & 0o777, 0o700)
            (place / "config.json").write_text("another's")
            self.assertEqual((fetch_model(storage, "models/m") / "config.json").read_text(), "config.json")
            place.parent.parent.chmod(0o777)
            with self.assertRaises(PermissionError):
                fetch_model(storage, "models/m")

    def test_keeps_the_last_few(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            for index in range(6):
                (Path(scratch) / str(index)).mkdir()
                os.utime(Path(scratch) / str(index), (index, index))
            forget_models(Path(scratch))
            self.assertEqual(sorted(path.name for path in Path(scratch).iterdir()), ["2", "3", "4", "5"])


class Room(unittest.TestCase):
    nodes = [
        {"Alive": True, "Resources": {"CPU": 16.0, "GPU": 3.0}},
        {"Alive": True, "Resources": {"CPU": 16.0, "GPU": 1.0}},
        {"Alive": False, "Resources": {"CPU": 16.0, "GPU": 8.0}},
    ]

    def test_a_process_needs_its_resources_on_one_node(self) -> None:
        self.assertIsNone(find_shortage(self.nodes, 4, {"GPU": 1.0}))
        self.assertIsNone(find_shortage(self.nodes, 1, {"GPU": 2.0, "CPU": 16.0}))
        said = find_shortage(self.nodes, 2, {"GPU": 2.0})
        self.assertEqual(said, "2 x GPU 2 asked for, and the cluster has GPU 4 (nodes: 2): room for 1")

    def test_says_of_a_gpu_that_no_node_has_that_it_is_not_there(self) -> None:
        said = wait_for_room(lambda: [{"Alive": True, "Resources": {"CPU": 4.0}}], 8, {"GPU": 1.0}, seconds=0)
        self.assertEqual(said, "8 x GPU 1 asked for, and the cluster has GPU 0 (nodes: 1): room for 0")

    def test_waits_for_nodes_that_are_still_joining(self) -> None:
        answers = iter([[], self.nodes])
        self.assertIsNone(wait_for_room(lambda: next(answers), 4, {"GPU": 1.0}, seconds=5))


class OneOfSeveral(unittest.TestCase):
    def test_a_fault_of_one_process_alone_ends_it_as_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch)
            (path / "job.json").write_text("{}")
            with mock.patch.dict(os.environ, {"WORLD_SIZE": "2"}), self.assertRaises(InputInvalid):
                attempt(path, Events(path, 1, writes=False), Stop(path))
            with mock.patch.dict(os.environ, {"WORLD_SIZE": "1"}), contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(attempt(path, Events(path, 1), Stop(path)), 1)
            self.assertIn('"failed"', (path / "events-1.jsonl").read_text())


if __name__ == "__main__":
    unittest.main()
