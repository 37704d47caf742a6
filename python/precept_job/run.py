"""A job from its start, or where an earlier attempt left it, to its end."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .contract import WHOLE, Folder, Pair, read_folder, read_job
from .events import Events, folder_hash, write_whole
from .faults import Broken, InputInvalid, Interrupted, JobFailure, code_of, message_of
from .stopping import Stop, hold_alone

PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
INTERRUPTED = 130


def versions() -> dict[str, str]:
    """Of Python and of every package that a number may depend on; without those that are not here."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def run(path: Path, number: int, follows_parent: bool) -> int:
    """The exit code: 0 done, 130 stopped, 1 for what the job itself cannot do. Anything unknown is told and raised."""
    rank = int(os.environ.get("RANK", "0"))
    stop = Stop(path)
    stop.listen(follows_parent)
    lock = hold_alone(path, stop) if rank == 0 else None
    if rank == 0 and lock is None:
        return INTERRUPTED
    if _is_finished(path):
        return 0
    return attempt(path, Events(path, number, writes=rank == 0), stop)


def attempt(path: Path, events: Events, stop: Stop, on_state: Callable[[Path], None] = lambda _: None) -> int:
    """One start of a job in its folder; `on_state` hears of every state that is whole."""
    try:
        return _Attempt(read_folder(path), events, stop, on_state).run()
    except Exception as error:
        tell_failure(events, error)
        # What lies in the job itself is no better the next time; anything else a cluster may try again.
        if not isinstance(error, JobFailure):
            raise
        # One process's own, as a device that is missing: the others would wait for it, where it ended as if all were well.
        if isinstance(error, InputInvalid) and int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise
        traceback.print_exc(file=sys.stderr)
        return 1


def tell_failure(events: Events, error: Exception) -> None:
    events.tell("failed", code=code_of(error), message=message_of(error))


def _is_finished(path: Path) -> bool:
    """A finished job must not be started again: TRL would take one more step."""
    result = path / "result.json"
    if not result.exists():
        return False
    stored = json.loads(result.read_text("utf-8"))
    checkpoint = path / "checkpoint"
    is_same = stored.get("fingerprint") == read_job(path).fingerprint
    return is_same and checkpoint.is_dir() and folder_hash(checkpoint) == stored.get("sha256")


@dataclass
class _Attempt:
    folder: Folder
    events: Events
    stop: Stop
    on_state: Callable[[Path], None]
    #: The last step's measurements and what was kept; told in result.json.
    checkpoints: list[int] = field(default_factory=list)

    def run(self) -> int:
        # Seconds of imports: a folder that is not right is known before.
        import torch
        from transformers import set_seed

        from . import models, trainers
        from .watch import Watch

        folder, job = self.folder, self.folder.job
        device = models.choose_device(job)
        torch.use_deterministic_algorithms(True, warn_only=True)
        set_seed(job.seed % 2**32)
        state, done = _last_state(folder)
        where = {"device": str(device), "processes": job.layout.processes}
        self.events.tell("hello", versions=versions(), pid=os.getpid(), **where)
        if state is not None:
            self.events.tell("rewind", to=done // folder.updates)
        model = models.load_plain(folder.initial, job).to(device)
        references = self._references(model, device)
        if job.lora is not None:
            model = models.with_adapter(model, folder)
        watch = Watch(folder, self.events, self.stop, references["held_out"])
        watch.on_state = self.on_state
        common = {"done": done, "device": device, "callback": watch}
        if job.rollouts is not None:
            return self._run_rounds(model, watch, state, common)
        trainer = trainers.make_trainer(model, folder, self.events, references=references["rows"], **common)
        watch.model = trainer.model
        if state is None:
            watch.measure(0)
        trainer.train(resume_from_checkpoint=None if state is None else str(state))
        if trainer.state.global_step < job.steps:
            self.events.tell("stopped", step=trainer.state.global_step)
            return INTERRUPTED
        if trainer.accelerator.is_main_process:
            self._finish(trainer.model, job.steps, folder.plan[-1].tokens)
        return 0

    def _run_rounds(self, model: Any, watch: Any, state: Path | None, common: dict[str, Any]) -> int:
        """Rounds of drawing and learning; the round after the last shows what was learned."""
        from .policy import make_policy_trainer

        job = self.folder.job
        trainer = make_policy_trainer(model, self.folder, self.events, stop=self.stop, **common)
        watch.model, watch.also_saves = trainer.model, trainer.save_course
        if state is not None:
            trainer.restore_course(state)
        ended: dict[str, Any] = {}
        try:
            trainer.train(resume_from_checkpoint=None if state is None else str(state))
            done = trainer.state.global_step // self.folder.updates
            if done < job.steps:
                self.events.tell("stopped", step=done)
                return INTERRUPTED
            metrics = trainer.begin(job.steps + 1).metrics
        except Interrupted:
            self._save_between(trainer, watch)
            return INTERRUPTED
        except Broken as broken:
            trainer.put_kept_back()
            done, metrics = broken.step - 1, broken.metrics
            ended = {"stopped": {"reason": broken.reason, "step": broken.step}}
            self.events.tell("stopped", step=broken.step, reason=broken.reason)
        final = {f"final/{name}": value for name, value in metrics.items()}
        self._finish(trainer.model, done, trainer.tokens, final, forwardTokens=trainer.forward_tokens, **ended)
        return 0

    def _save_between(self, trainer: Any, watch: Any) -> None:
        """The state before the round that was not drawn to its end, where it was not saved already."""
        step = trainer.state.global_step
        if step > trainer.done and step > 0:
            trainer._save_checkpoint(trainer.model, None)
            watch.make_whole(step)
        self.events.tell("stopped", step=step // self.folder.updates)

    def _references(self, model: Any, device: Any) -> dict[str, Any]:
        """What the frozen model says of every pair: asked once, and kept, so that a resumed job has the same numbers."""
        from trl.trainer.utils import add_fused_lm_head

        from . import models
        from .forward import reference_sums

        folder, job = self.folder, self.folder.job
        if job.objective != "dpo":
            return {"rows": [], "held_out": []}
        kept = folder.path / "references.json"
        if kept.exists() and (stored := json.loads(kept.read_text("utf-8")))["job"] == job.fingerprint:
            return stored
        frozen = model
        if job.reference is not None:
            frozen = models.load_plain((folder.path / job.reference).resolve(), job).to(device)
        forward = frozen.forward
        add_fused_lm_head(frozen)
        found = {
            name: reference_sums(frozen, [row for row in rows if isinstance(row, Pair)], folder)
            for name, rows in (("rows", folder.rows), ("held_out", folder.held_out))
        }
        frozen.forward = forward
        if self.events.writes:
            write_whole(kept, {"job": job.fingerprint, **found})
        return found

    def _finish(
        self, model: Any, steps: int, tokens: int, metrics: dict[str, float] | None = None, **more: Any
    ) -> None:
        """The checkpoint is renamed into place, and then the one sign of success is written."""
        from .models import save_learned

        folder, job = self.folder, self.folder.job
        target = folder.path / "checkpoint"
        kept = folder.path / "kept"
        metrics = dict(metrics or {})
        if job.heldOut is not None and job.heldOut.guess is not None:
            best = json.loads((kept / "kept.json").read_text("utf-8"))
            metrics["kept/step"] = best["step"]
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(kept / "checkpoint", target)
        else:
            save_learned(model, folder, target)
        digest = folder_hash(target)
        result = {
            "contract": job.contract,
            "fingerprint": job.fingerprint,
            "sha256": digest,
            "steps": steps,
            "tokens": tokens,
            "metrics": metrics,
            **more,
        }
        write_whole(folder.path / "result.json", result)
        self.events.tell("done", checkpoint="checkpoint", sha256=digest, metrics=metrics)
        shutil.rmtree(folder.path / "states", ignore_errors=True)
        shutil.rmtree(kept, ignore_errors=True)


def _last_state(folder: Folder) -> tuple[Path | None, int]:
    """The newest state of this job that was saved whole, and the optimizer's steps until it; what was cut short, or another job's, is removed."""
    found: list[tuple[int, Path]] = []
    for state in (folder.path / "states").glob("checkpoint-*"):
        mark = state / WHOLE
        if mark.exists() and mark.read_text("utf-8") == folder.job.fingerprint:
            found.append((int(state.name.removeprefix("checkpoint-")), state))
        else:
            shutil.rmtree(state, ignore_errors=True)
    if not found:
        return None, 0
    step, state = max(found)
    return state, step
