"""Follows the steps: measures, keeps, saves, and ends where somebody asked for it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .contract import WHOLE, Folder
from .events import Events, write_whole
from .forward import held_out_differences, held_out_loss, judge
from .models import save_learned
from .stopping import Stop


class Watch(TrainerCallback):
    def __init__(self, folder: Folder, events: Events, stop: Stop, references: list[list[float]]) -> None:
        self._folder, self._events, self._stop = folder, events, stop
        self._references = references
        self.model: Any = None
        self.also_saves: Callable[[Path], None] = lambda _: None
        #: Hears of every state that is whole.
        self.on_state: Callable[[Path], None] = lambda _: None

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        job = self._folder.job
        done, rest = divmod(state.global_step, self._folder.updates)
        if rest > 0:
            # Within a round there is nothing to go on from: its responses are in memory alone.
            control.should_save = False
            return
        self.measure(done)
        every = job.checkpointEvery
        if every is not None and done % every == 0 and done < job.steps:
            self._keep_on_the_way(done)
        # After the last step there is the checkpoint itself.
        control.should_save = control.should_save and done < job.steps
        if is_wanted_by_any(self._stop.is_asked()) and done < job.steps:
            control.should_save = control.should_training_stop = True

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.make_whole(state.global_step)

    def make_whole(self, global_step: int) -> None:
        """Marks a state that was written, with what else a trainer goes on from."""
        folder = self._folder.path / "states" / f"checkpoint-{global_step}"
        self.also_saves(folder)
        _settle(folder)
        (folder / WHOLE).write_text(self._folder.job.fingerprint, "utf-8")
        _settle(folder)
        self.on_state(folder)
        self._events.tell("state", step=global_step // self._folder.updates)

    def measure(self, step: int) -> None:
        """Scores the held-out rows where the job says so, and keeps the best model where it asks for that."""
        held_out = self._folder.job.heldOut
        if held_out is None or step not in held_out.steps:
            return
        if self._folder.job.objective == "sft":
            self._events.tell("measured", step=step, **held_out_loss(self.model, self._folder))
            return
        differences = held_out_differences(self.model, self._folder, self._references)
        self._events.tell("measured", step=step, differences=differences)
        if held_out.guess is None:
            return
        loss, error = judge(differences, self._folder.held_out)
        # Against no training at all: the best of several epochs is below a guess by chance.
        if step == 0 or (loss < self._kept_loss() and loss < held_out.guess - 2 * error):
            kept = self._folder.path / "kept"
            kept.mkdir(exist_ok=True)
            save_learned(self.model, self._folder, kept / "checkpoint")
            write_whole(kept / "kept.json", {"job": self._folder.job.fingerprint, "step": step, "loss": loss})

    def _kept_loss(self) -> float:
        kept = self._folder.path / "kept" / "kept.json"
        stored = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
        return stored["loss"] if stored.get("job") == self._folder.job.fingerprint else math.inf

    def _keep_on_the_way(self, step: int) -> None:
        save_learned(self.model, self._folder, self._folder.path / f"checkpoint-{step}")
        self._events.tell("kept", step=step)


def is_wanted_by_any(wish: bool) -> bool:
    """All processes end after the same step, or the others would wait for ever."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return wish
    device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    shared = torch.tensor([int(wish)], device=device)
    torch.distributed.all_reduce(shared, torch.distributed.ReduceOp.MAX)
    return bool(shared.item())


def _settle(folder: Path) -> None:
    """On the disk, not only on its way there."""
    for path in [*(path for path in folder.rglob("*") if path.is_file()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
