"""The same job on a Ray cluster: Ray Train places the processes and starts them again from the last state when one dies."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

import ray.train
from ray.train import CheckpointConfig, FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer
from ray.train.v2.api.exceptions import WorkerGroupError

from .contract import Job, read_job
from .courier import Courier, fetch_job
from .events import Events
from .faults import InputInvalid, JobFailure
from .room import wait_for_room
from .run import INTERRUPTED, attempt, tell_failure, versions
from .stopping import Stop
from .storage import Storage


def run_on_ray(url: str) -> int:
    """The driver: 0 done, 130 stopped, 1 for what the job itself cannot do."""
    storage = Storage(url)
    with tempfile.TemporaryDirectory(prefix="precept-") as scratch:
        path = Path(scratch)
        storage.fetch("job.json", path / "job.json")
        try:
            job = read_job(path)
            if job.backend.kind != "ray":
                raise InputInvalid(f"the job is for the backend {job.backend.kind}, not for Ray")
        except InputInvalid as fault:
            return _tell(storage, fault)
    if _is_done(storage, job):
        return 0
    states = _states_name()
    resources = {name: float(count) for name, count in job.backend.resources.items()}
    ray.init(ignore_reinit_error=True)
    shortage = wait_for_room(ray.nodes, job.layout.processes, resources)
    if shortage is not None:
        return _tell(storage, InputInvalid(shortage))
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
            # Room that other jobs have is waited for, a minute a time: a day, and not without an end.
            failure_config=FailureConfig(max_failures=3, controller_failure_limit=1440),
            checkpoint_config=CheckpointConfig(num_to_keep=2),
        ),
    )
    begun = _next_number(storage)
    try:
        trainer.fit()
    except WorkerGroupError as error:
        # Ranks other than the first say nothing themselves.
        known = [fault for fault in error.worker_failures.values() if isinstance(_origin(fault), JobFailure)]
        if not known or _has_told(storage, begun):
            raise
        return _tell(storage, _origin(known[0]))
    if _is_done(storage, job):
        for folder in (states, "kept"):
            storage.remove_folder(folder)
        return 0
    return INTERRUPTED if storage.has("cancel") else 1


def _tell(storage: Storage, fault: BaseException) -> int:
    """A fault that no process told."""
    with tempfile.TemporaryDirectory(prefix="precept-") as scratch:
        number = _next_number(storage)
        tell_failure(Events(Path(scratch), number), fault)
        storage.send(Path(scratch) / f"events-{number}.jsonl", f"events-{number}.jsonl")
    return 1


def _origin(error: BaseException) -> BaseException:
    """Without what Ray wraps it in."""
    cause = getattr(error, "_base_exc", None)
    return cause if isinstance(cause, BaseException) else error


def _has_told(storage: Storage, begun: int) -> bool:
    names = (f"events-{number}.jsonl" for number in range(begun, _next_number(storage)))
    return any(b'"type": "failed"' in storage.read(name) for name in names if storage.has(name))


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

