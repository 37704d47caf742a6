"""The same job on a Ray cluster: Ray Train places the processes and starts them again from the last state when one dies."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

import ray.train
from ray.train import CheckpointConfig, FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer

from .contract import Job, read_job
from .courier import Courier, fetch_job
from .events import Events
from .faults import InputInvalid
from .run import INTERRUPTED, attempt, tell_failure, versions
from .stopping import Stop
from .storage import Storage


def run_on_ray(url: str) -> int:
    """The driver: 0 done, 130 stopped, 1 for what the job itself cannot do."""
    storage = Storage(url)
    with tempfile.TemporaryDirectory(prefix="precept-") as scratch:
        path = Path(scratch)
        storage.fetch("job.json", path / "job.json")
        number = _next_number(storage)
        try:
            job = read_job(path)
            if job.backend.kind != "ray":
                raise InputInvalid(f"the job is for the backend {job.backend.kind}, not for Ray")
        except InputInvalid as fault:
            events = Events(path, number)
            tell_failure(events, fault)
            storage.send(path / f"events-{number}.jsonl", f"events-{number}.jsonl")
            return 1
    if _is_done(storage, job):
        return 0
    states = _states_name()
    resources = {name: float(count) for name, count in job.backend.resources.items()}
    trainer = TorchTrainer(
        _run_rank,
        train_loop_config={"url": url},
        scaling_config=ScalingConfig(
            num_workers=job.layout.processes,
            use_gpu=resources.get("GPU", 0) > 0,
            resources_per_worker=resources,
        ),
        run_config=RunConfig(
            name=states,
            storage_path=url,
            failure_config=FailureConfig(max_failures=3),
            checkpoint_config=CheckpointConfig(num_to_keep=2),
        ),
    )
    trainer.fit()
    if _is_done(storage, job):
        for folder in (states, "kept"):
            storage.remove_folder(folder)
        return 0
    return INTERRUPTED if storage.has("cancel") else 1


def _states_name() -> str:
    """Other packages begin anew: a state of theirs may mean something else, and their numbers would not be the same."""
    own = {**versions(), "ray": ray.__version__}
    return f"states-{hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:8]}"


def _is_done(storage: Storage, job: Job) -> bool:
    return storage.has("result.json") and json.loads(storage.read("result.json"))["fingerprint"] == job.fingerprint


def _next_number(storage: Storage) -> int:
    """Of a file of events that nobody has begun: every start has its own."""
    names = [name for name in storage.names(deep=False) if name.startswith("events-")]
    return 1 + max((int(Path(name).stem.removeprefix("events-")) for name in names), default=0)


def _run_rank(config: dict[str, str]) -> None:
    """One process, in a folder of its own. A fault of the job itself is told and returned from: Ray would try it again."""
    is_first = ray.train.get_context().get_world_rank() == 0
    storage = Storage(config["url"])
    with tempfile.TemporaryDirectory(prefix="precept-") as scratch:
        path = Path(scratch)
        fetch_job(storage, path)
        checkpoint = ray.train.get_checkpoint()
        if checkpoint is not None:
            checkpoint.to_directory(str(path / "states" / Path(checkpoint.path).name))
        number = _next_number(storage)
        events = Events(path, number, writes=is_first)
        if not is_first:
            attempt(path, events, Stop(path), _report)
            return
        with Courier(storage, path, f"events-{number}.jsonl") as courier:

            def save(state: Path) -> None:
                courier.send_all()
                _report(state)

            attempt(path, events, Stop(path), save)
            courier.send_all()


def _report(state: Path) -> None:
    """Every process reports, each its own files: of the others than the first, their random numbers."""
    checkpoint = ray.train.Checkpoint.from_directory(str(state))
    ray.train.report({"step": int(state.name.removeprefix("checkpoint-"))}, checkpoint, checkpoint_dir_name=state.name)

