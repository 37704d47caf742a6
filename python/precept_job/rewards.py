"""Who says how good a round's responses are: a preference model in this process, or whoever started it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .batches import pad
from .contract import Folder
from .events import Events
from .faults import InputInvalid, NotFinite
from .forward import measuring
from .models import load_plain
from .sampled import AskedReward, PreferenceReward
from .stopping import Stop


@dataclass(frozen=True)
class Scored:
    scores: list[float]
    rewards: list[float]
    #: Tokens that went through a model for it.
    tokens: int


class PreferenceModel:
    """Reads the score at its own place, so that a pad token that is an end token, too, moves nothing."""

    def __init__(self, folder: Folder, reward: PreferenceReward, device: torch.device) -> None:
        self._folder, self._reward = folder, reward
        self._model = load_plain(folder.place(reward.place), folder.job, "keep", "preference model").to(device)
        self._model.requires_grad_(False)

    def score(self, prompts: Sequence[list[int]], responses: Sequence[list[int]], ends: Sequence[bool]) -> Scored:
        bare = [one[:-1] if is_ended else one for one, is_ended in zip(responses, ends, strict=True)]
        sequences = [[*prompt, *one, *self._reward.closing] for prompt, one in zip(prompts, bare, strict=True)]
        found: list[float] = []
        size = max(1, self._folder.job.layout.rowsPerProcess)
        inner = getattr(self._model, self._model.base_model_prefix)
        with measuring(self._model, self._folder) as device:
            for start in range(0, len(sequences), size):
                own = sequences[start : start + size]
                ids = pad(own, self._folder.job.model.padToken, torch.long).to(device)
                mask = pad([[1] * len(one) for one in own], 0, torch.long).to(device)
                hidden = inner(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
                last = torch.tensor([len(one) - 1 for one in own], device=device)
                at_end = hidden[torch.arange(len(own), device=device), last]
                found += self._model.score(at_end).squeeze(-1).double().tolist()
        rewards = [score - self._reward.meanScore for score in found]
        return Scored(found, rewards, sum(map(len, sequences)))


class Asked:
    """Writes nothing itself: the responses are in the file that the event names."""

    def __init__(self, events: Events, stop: Stop) -> None:
        self._events, self._stop = events, stop

    def score(self, step: int, file: str, count: int) -> Scored:
        self._events.tell("reward-request", step=step, file=file)
        while True:
            try:
                answer = json.loads(self._stop.wait_for_line())
                if answer["step"] != step:
                    continue
                scores, rewards = ([float(one) for one in answer[name]] for name in ("scores", "rewards"))
            except (ValueError, KeyError, TypeError):
                raise InputInvalid("the answer to a reward request is no line of step, scores and rewards") from None
            if len(scores) != count or len(rewards) != count:
                raise InputInvalid(f"the answer has {len(rewards)} rewards for {count} responses")
            return Scored(scores, rewards, int(answer.get("tokens", 0)))


def refuse_unusable(scored: Scored) -> None:
    for place, value in enumerate(scored.rewards):
        if not math.isfinite(value):
            raise NotFinite(f"the reward of response {place + 1} is {value}")


def open_reward(folder: Folder, events: Events, stop: Stop, device: torch.device) -> PreferenceModel | Asked:
    assert folder.job.rollouts is not None
    reward = folder.job.rollouts.reward
    return Asked(events, stop) if isinstance(reward, AskedReward) else PreferenceModel(folder, reward, device)
