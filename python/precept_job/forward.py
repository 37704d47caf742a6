"""What is read off a model: log-probabilities of given tokens, and scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from .batches import collate
from .contract import Folder, Pair, Row
from .losses import soft_preference


def log_probabilities(model: torch.nn.Module, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """(B, T - 1), nats, of every target; 0 where there is none. The logits are never held whole (TRL's fused head)."""
    output = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        labels=batch["targets"],
        fused_lm_head=True,
    )
    return output.log_probs


def response_sums(model: torch.nn.Module, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """log pi of the first and of the second response, summed over their tokens. (P,) each"""
    first, second = log_probabilities(model, batch).sum(-1).chunk(2)
    return first, second


def scores(model: torch.nn.Module, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the first and of the second response, read on its last token. (P,) each"""
    output = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False)
    first, second = output.logits.squeeze(-1).chunk(2)
    return first, second


@contextmanager
def measuring(model: torch.nn.Module, folder: Folder) -> Iterator[torch.device]:
    """Without gradients and dropout, in the precision of the training."""
    was_training = model.training
    device = next(model.parameters()).device
    model.eval()
    try:
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, folder.job.model.dtype == "bfloat16"):
            yield device
    finally:
        model.train(was_training)


def batches_of(rows: Sequence[Row], folder: Folder, device: torch.device) -> Iterator[dict[str, torch.Tensor]]:
    size = folder.job.layout.rowsPerProcess
    for start in range(0, len(rows), size):
        batch = collate(rows[start : start + size], folder.job.model.padToken)
        yield {name: tensor.to(device) for name, tensor in batch.items()}


def reference_sums(model: torch.nn.Module, rows: Sequence[Pair], folder: Folder) -> list[list[float]]:
    """[first, second] of every pair."""
    found: list[list[float]] = []
    with measuring(model, folder) as device:
        for batch in batches_of(rows, folder, device):
            first, second = response_sums(model, batch)
            found += [list(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    return found


def held_out_loss(model: torch.nn.Module, folder: Folder) -> dict[str, float]:
    """`loss`: weighted sum over the tokens, nats; `weight`: what it is to be divided by."""
    total = weight = 0.0
    with measuring(model, folder) as device:
        for batch in batches_of(folder.held_out, folder, device):
            weights = batch["weights"][:, 1:]
            total -= float((weights * log_probabilities(model, batch)).double().sum())
            weight += float(weights.double().sum())
    return {"loss": total, "weight": weight}


def held_out_differences(model: torch.nn.Module, folder: Folder, references: list[list[float]]) -> list[float]:
    """score(first) - score(second) of every held-out pair; of DPO its implicit reward."""
    loss = folder.job.loss
    found: list[float] = []
    with measuring(model, folder) as device:
        for batch in batches_of(folder.held_out, folder, device):
            if loss.kind == "dpo":
                first, second = response_sums(model, batch)
                own = torch.tensor(references[len(found) : len(found) + len(first)], device=device)
                difference = loss.beta * ((first - own[:, 0]) - (second - own[:, 1]))
            else:
                first, second = scores(model, batch)
                difference = first.float() - second.float()
            found += difference.double().tolist()
    return found


def judge(differences: Sequence[float], rows: Sequence[Row]) -> tuple[float, float]:
    """Held-out loss, nats a pair, and its standard error, as Precept's `judgePairs`."""
    labels = torch.tensor([row.label for row in rows if isinstance(row, Pair)], dtype=torch.float64)
    losses = soft_preference(torch.tensor(differences, dtype=torch.float64), labels)
    count = len(losses)
    error = 0.0 if count < 2 else float((losses.var(unbiased=True) / count).sqrt())
    return float(losses.mean()), error


