"""The planned batches as tensors: which rows a step has, in which order, and what its loss is divided by are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from .contract import Demonstration, Folder, Layout, Pair, Row, Step

#: Of a target that is not predicted.
IGNORED = -100


def pad(sequences: Sequence[Sequence[Any]], filler: Any, dtype: torch.dtype) -> torch.Tensor:
    """(B, T), filled up on the right."""
    length = max(map(len, sequences))
    return torch.tensor([[*one, *[filler] * (length - len(one))] for one in sequences], dtype=dtype)


def _tokens(sequences: Sequence[Sequence[int]], starts: Sequence[int], pad_token: int) -> dict[str, torch.Tensor]:
    targets = [[IGNORED] * start + list(one[start:]) for one, start in zip(sequences, starts, strict=True)]
    return {
        "input_ids": pad(sequences, pad_token, torch.long),
        "attention_mask": pad([[1] * len(one) for one in sequences], 0, torch.long),
        "targets": pad(targets, IGNORED, torch.long),
    }


def demonstrations(rows: Sequence[Demonstration], pad_token: int) -> dict[str, torch.Tensor]:
    """`weights` (B, T) of predicting each token."""
    batch = _tokens([row.tokens for row in rows], [1] * len(rows), pad_token)
    return {**batch, "weights": pad([row.weights for row in rows], 0.0, torch.float32)}


def pairs(rows: Sequence[Pair], pad_token: int) -> dict[str, torch.Tensor]:
    """All firsts, then all seconds; `label`, `weight` (P,)."""
    sequences = [*(row.first for row in rows), *(row.second for row in rows)]
    starts = [*(row.starts[0] for row in rows), *(row.starts[1] for row in rows)]
    return {
        **_tokens(sequences, starts, pad_token),
        "label": torch.tensor([row.label for row in rows], dtype=torch.float32),
        "weight": torch.tensor([row.weight for row in rows], dtype=torch.float32),
    }


def collate(rows: Sequence[Row], pad_token: int) -> dict[str, torch.Tensor]:
    if isinstance(rows[0], Demonstration):
        return demonstrations(rows, pad_token)  # type: ignore[arg-type]
    return pairs(rows, pad_token)  # type: ignore[arg-type]


def share_of(rows: list[int], layout: Layout, micro: int, rank: int) -> list[int]:
    """The rows that one process reads in one of a step's accumulated batches; none where the step has run out of them."""
    start = (micro * layout.processes + rank) * layout.rowsPerProcess
    return rows[start : start + layout.rowsPerProcess]


class PlannedBatches(Dataset):
    """Item i is accumulated batch i % accumulate of step i // accumulate + 1, as one process reads it."""

    def __init__(self, folder: Folder, rank: int) -> None:
        self._folder = folder
        self._rank = rank

    def __len__(self) -> int:
        return len(self._folder.plan) * self._folder.job.layout.accumulate

    def __getitem__(self, index: int) -> dict[str, Any]:
        job = self._folder.job
        number, micro = divmod(index, job.layout.accumulate)
        step = self._folder.plan[number]
        own = share_of(step.rows, job.layout, micro, self._rank)
        # A process without a row still takes part: it reads one that weighs nothing.
        places = own or step.rows[:1]
        batch: dict[str, Any] = collate([self._folder.rows[place] for place in places], job.model.padToken)
        if not own:
            weight = "weights" if "weights" in batch else "weight"
            batch[weight] = torch.zeros_like(batch[weight])
        return {**batch, "places": torch.tensor(places), "total": step.weight, "total_decided": step.decided}


class _From:
    """Every index from `start`: as long as the whole, so that the trainer counts steps as if it began at the first."""

    def __init__(self, start: int, end: int) -> None:
        self._start, self._end = start, end

    def __iter__(self):
        return iter(range(self._start, self._end))

    def __len__(self) -> int:
        return self._end


def planned_loader(folder: Folder, rank: int, done: int) -> DataLoader:
    """Batches from the step after `done`. Draws nothing from the common random numbers, which a resumed job restores."""
    batches = PlannedBatches(folder, rank)
    start = done * folder.job.layout.accumulate
    sampler = _From(start, len(batches))
    return DataLoader(batches, batch_size=None, sampler=sampler, generator=torch.Generator(), num_workers=0)


class _Places(Dataset):
    def __getitem__(self, index: int) -> dict[str, int]:
        return {"index": index}


def index_loader(start: int, end: int) -> DataLoader:
    """Places of accumulated batches, of what is drawn when it is needed."""
    return DataLoader(_Places(), batch_size=None, sampler=_From(start, end), generator=torch.Generator(), num_workers=0)
