"""Follows the steps: measures, keeps, saves, and ends where somebody asked for it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

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

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        job = self._folder.job
        self.measure(state.global_step)
        every = job.checkpointEvery
        if every is not None and state.global_step % every == 0 and state.global_step < job.steps:
            self._keep_on_the_way(state.global_step)
        # After the last step there is the checkpoint itself.
        control.should_save = control.should_save and state.global_step < job.steps
        if self._stop.is_asked() and state.global_step < job.steps:
            control.should_save = control.should_training_stop = True

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        folder = self._folder.path / "states" / f"checkpoint-{state.global_step}"
        _settle(folder)
        (folder / WHOLE).write_text(self._folder.job.fingerprint, "utf-8")
        _settle(folder)
        self._events.tell("state", step=state.global_step)

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


def _settle(folder: Path) -> None:
    """On the disk, not only on its way there."""
    for path in [*(path for path in folder.rglob("*") if path.is_file()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
