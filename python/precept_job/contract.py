"""The job folder, version 1: what TypeScript wrote, read strictly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from . import CONTRACT
from .faults import InputInvalid
from .sampled import Grpo, Question, Rloo, Rollouts, Round
from .strict import read


#: In a state that is written whole: the fingerprint of its job.
WHOLE = "whole"


@dataclass(frozen=True)
class Model:
    dtype: Literal["float32", "bfloat16"]
    device: Literal["cpu", "cuda", "auto"]
    #: Stands in the rows' empty places. Never a token that ends a response: a preference model reads its score before the first.
    padToken: int
    endToken: int
    #: The scalar head: none, the checkpoint's, or a new one at zero.
    head: Literal["none", "keep", "zero"]


@dataclass(frozen=True)
class Lora:
    rank: int
    alpha: float
    dropout: float
    targets: list[str]
    rslora: bool


@dataclass(frozen=True)
class Optimizer:
    beta1: float
    beta2: float
    epsilon: float
    weightDecay: float
    clipNorm: float


@dataclass(frozen=True)
class CrossEntropy:
    kind: Literal["cross-entropy"]


@dataclass(frozen=True)
class BradleyTerrySoft:
    kind: Literal["bradley-terry-soft"]


@dataclass(frozen=True)
class Dpo:
    kind: Literal["dpo"]
    variant: Literal["sigmoid", "ipo", "robust"]
    beta: float
    labelSmoothing: float
    nllWeight: float


@dataclass(frozen=True)
class HeldOut:
    #: Steps after which the held-out rows are measured; 0 is before the first.
    steps: list[int]
    #: Loss of a blind guess, where the best of the measured steps is kept and not the last.
    guess: float | None = None


@dataclass(frozen=True)
class Layout:
    processes: int
    #: One process, or one copy of the model in each.
    strategy: Literal["single", "ddp"]
    rowsPerProcess: int
    accumulate: int


@dataclass(frozen=True)
class Local:
    kind: Literal["python"]


@dataclass(frozen=True)
class Ray:
    kind: Literal["ray"]
    #: Of each worker, e.g. GPU: 1.
    resources: dict


@dataclass(frozen=True)
class Job:
    contract: int
    objective: Literal["sft", "preference-model", "dpo", "grpo", "rloo"]
    fingerprint: str
    initial: str
    seed: int
    model: Model
    optimizer: Optimizer
    steps: int
    stateEvery: int
    loss: CrossEntropy | BradleyTerrySoft | Dpo | Grpo | Rloo
    layout: Layout
    backend: Local | Ray
    lora: Lora | None = None
    reference: str | None = None
    checkpointEvery: int | None = None
    #: A step with a greater loss has diverged.
    maxLoss: float | None = None
    heldOut: HeldOut | None = None
    #: Of grpo and rloo, whose steps are rounds.
    rollouts: Rollouts | None = None


@dataclass(frozen=True)
class Step:
    step: int
    #: Places in rows.jsonl.
    rows: list[int]
    #: What the step's loss is divided by, over all processes.
    weight: float
    #: Of DPO's likelihood term, which counts only pairs that a label decides.
    decided: float
    rate: float
    #: That went through the model up to and with this step.
    tokens: int


@dataclass(frozen=True)
class Demonstration:
    id: str
    tokens: list[int]
    #: Weight of predicting each token; the first is never predicted.
    weights: list[float]


@dataclass(frozen=True)
class Pair:
    id: str
    first: list[int]
    second: list[int]
    #: Where each response begins.
    starts: list[int]
    #: P(first is better).
    label: float
    weight: float


Row = Demonstration | Pair | Question
ROWS = {"sft": Demonstration, "preference-model": Pair, "dpo": Pair, "grpo": Question, "rloo": Question}
LOSSES = {"sft": "cross-entropy", "preference-model": "bradley-terry-soft", "dpo": "dpo", "grpo": "grpo", "rloo": "rloo"}


@dataclass(frozen=True)
class Folder:
    path: Path
    job: Job
    plan: list[Step] | list[Round]
    rows: list[Row]
    held_out: list[Row]

    @property
    def initial(self) -> Path:
        return self.place(self.job.initial)

    def place(self, name: str) -> Path:
        return (self.path / name).resolve()  # an absolute path stays as it is

    @property
    def updates(self) -> int:
        """Optimizer steps of a planned step: several where it is a round."""
        first = self.plan[0]
        return len(first.updates) if isinstance(first, Round) else 1

    @property
    def rates(self) -> list[float]:
        """Of each optimizer step."""
        return [step.rate for step in self.plan[: self.job.steps] for _ in range(self.updates)]


def read_job(path: Path) -> Job:
    """job.json alone. Raises InputInvalid for another contract before anything else is looked at."""
    value = _parse(_text(path / "job.json"), "job.json")
    found = value.get("contract") if isinstance(value, dict) else None
    if found != CONTRACT:
        raise InputInvalid(f"job.json is of contract {found!r}, and this program runs contract {CONTRACT}")
    job: Job = read(Job, value, "job.json")
    if job.loss.kind != LOSSES[job.objective]:
        raise InputInvalid(f"the loss of {job.objective} is {LOSSES[job.objective]}, not {job.loss.kind}")
    if (job.rollouts is not None) != (ROWS[job.objective] is Question):
        raise InputInvalid(f"{job.objective} {'samples' if job.rollouts is None else 'does not sample'}: rollouts")
    if job.rollouts is not None and job.rollouts.server is not None and job.lora is None:
        raise InputInvalid("a rollout server takes adapters, and the job trains all weights")
    if job.rollouts is not None and job.layout.processes > 1:
        raise InputInvalid("responses are drawn by one process, and the layout has several")
    return job


def read_folder(path: Path) -> Folder:
    """All that TypeScript wrote, checked against each other."""
    job = read_job(path)
    kind = ROWS[job.objective]
    is_rounds = job.rollouts is not None
    plan = [read(Round if is_rounds else Step, value, place) for place, value in _lines(path / "plan.jsonl")]
    rows = [read(kind, value, place) for place, value in _lines(path / "rows.jsonl")]
    held = path / "held-out.jsonl"
    held_out = [read(kind, value, place) for place, value in _lines(held)] if job.heldOut is not None else []
    last = job.steps + (1 if is_rounds else 0)
    if [step.step for step in plan] != list(range(1, last + 1)):
        raise InputInvalid(f"plan.jsonl does not count from 1 to {last}, as the job's {job.steps} steps need")
    for step in plan:
        _check_step(step, job, len(rows))
    for row in [*rows, *held_out]:
        _check_row(row, job)
    return Folder(path, job, plan, rows, held_out)


def _check_step(step: Step | Round, job: Job, rows: int) -> None:
    if not step.rows or min(step.rows) < 0 or max(step.rows) >= rows:
        raise InputInvalid(f"step {step.step} of plan.jsonl names rows that rows.jsonl does not have")
    room = job.layout.processes * job.layout.rowsPerProcess * job.layout.accumulate
    fullest = len(step.rows)
    if isinstance(step, Round) and job.rollouts is not None:
        responses = len(step.rows) * job.rollouts.samples
        named = [place for update in step.updates for place in update]
        if named and (min(named) < 0 or max(named) >= responses):
            raise InputInvalid(f"round {step.step} of plan.jsonl learns from responses that it does not draw")
        fullest = max(map(len, step.updates), default=0)
    if fullest > room:
        raise InputInvalid(f"step {step.step} has {fullest} rows, and the layout room for {room}")


def _check_row(row: Row, job: Job) -> None:
    if isinstance(row, Question):
        if not row.prompt:
            raise InputInvalid(f"prompt {row.id} has no tokens")
        return
    if isinstance(row, Demonstration):
        if len(row.tokens) != len(row.weights) or not row.tokens:
            raise InputInvalid(f"row {row.id} has {len(row.tokens)} tokens and {len(row.weights)} weights")
        return
    if len(row.starts) != 2 or not row.first or not row.second:
        raise InputInvalid(f"pair {row.id} lacks tokens or starts")
    if not 0 <= row.label <= 1:
        raise InputInvalid(f"the label {row.label} of pair {row.id} is no probability")
    if job.objective == "preference-model" and job.model.padToken in (row.first[-1], row.second[-1]):
        raise InputInvalid(f"pair {row.id} ends with the pad token: its score would be read one token early")


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        place = f"{path.name}, line {number}"
        yield place, _parse(line, place)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise InputInvalid(f"the job folder has no {path.name}") from None


def _parse(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise InputInvalid(f"{place} is not JSON") from None
