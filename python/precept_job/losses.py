"""Losses of pairs with soft labels, a value a pair. Precept's own are src/training/losses/{preference,dpo}.ts."""

from __future__ import annotations

import torch
from torch.nn.functional import softplus

from .contract import Dpo


def soft_preference(difference: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """p softplus(-d) + (1 - p) softplus(d): the cross-entropy of a soft label, Bai et al. 2022a §4.1. (P,)"""
    return label * softplus(-difference) + (1 - label) * softplus(difference)


def dpo_loss(difference: torch.Tensor, label: torch.Tensor, options: Dpo) -> torch.Tensor:
    """
    Of the difference of log-ratios, Rafailov et al. 2023 eq. 7 with a soft label; smoothing as Mitchell 2023, "robust" as
    Chowdhury et al. 2024 eq. 12, "ipo" as Azar et al. 2023 eq. 17 on sums over tokens, where TRL takes means. (P,)
    """
    e = options.labelSmoothing
    goal = (label - e) / (1 - 2 * e) if options.variant == "robust" else label * (1 - 2 * e) + e
    if options.variant != "ipo":
        return soft_preference(options.beta * difference, goal)
    target = 1 / (2 * options.beta)
    return goal * (difference - target) ** 2 + (1 - goal) * (difference + target) ** 2


def is_decided(label: torch.Tensor) -> torch.Tensor:
    """1 where a label says which is better, else 0. (P,)"""
    return (label != 0.5).to(label.dtype)


def agrees(difference: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """1 where the order of the scores is the label's; a pair that no label decides never agrees. (P,)"""
    return is_decided(label) * ((difference > 0) == (label > 0.5)).to(label.dtype)
