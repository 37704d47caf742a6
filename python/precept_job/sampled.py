"""What a job says of responses that are drawn while it runs: grpo and rloo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Grpo:
    kind: Literal["grpo"]
    #: What the loss is a mean of: tokens within responses, all tokens of an update, or tokens over responses × maxTokens.
    normalisation: Literal["response", "token", "constant"]
    clipLow: float
    clipHigh: float
    klCoefficient: float
    #: Divide a group's advantages by its deviation.
    scaleRewards: bool


@dataclass(frozen=True)
class Rloo:
    kind: Literal["rloo"]
    clip: float
    klCoefficient: float
    whitenAdvantages: bool


@dataclass(frozen=True)
class Bounds:
    """The run stops when a mean over a round's rollouts leaves them."""

    maxKlNats: float | None = None
    minScore: float | None = None
    minLength: float | None = None
    maxLength: float | None = None
    maxBoilerplateRate: float | None = None
    minReferenceLogprob: float | None = None
    minEntropyNats: float | None = None


@dataclass(frozen=True)
class PreferenceReward:
    """A preference model that reads the same tokens as the policy; scored here."""

    kind: Literal["preference-model"]
    #: Its hash.
    name: str
    place: str
    #: Subtracted from every score.
    meanScore: float
    #: What follows a response without its end: the score is read on the last of them.
    closing: list[int]


@dataclass(frozen=True)
class AskedReward:
    """Whoever started this process answers on standard input."""

    kind: Literal["asked"]
    name: str


@dataclass(frozen=True)
class Server:
    """Draws the responses in place of this process; speaks vLLM's protocol and loads adapters while it runs."""

    #: Without /v1.
    address: str
    #: The name under which the adapter is loaded and asked.
    adapter: str


@dataclass(frozen=True)
class Rollouts:
    #: Responses to one prompt of a round.
    samples: int
    maxTokens: int
    temperature: float
    #: Tokens that end a response.
    stopTokens: list[int]
    reward: PreferenceReward | AskedReward
    monitors: Bounds
    server: Server | None = None


@dataclass(frozen=True)
class Round:
    """A line of plan.jsonl of grpo and rloo; one more than there are steps shows the trained policy."""

    step: int
    #: Prompts, places in rows.jsonl; each is answered `samples` times, in this order.
    rows: list[int]
    #: Of the random numbers that draw its responses.
    seed: int
    #: Responses that each optimizer step learns from.
    updates: list[list[int]]
    rate: float


@dataclass(frozen=True)
class Question:
    id: str
    prompt: list[int]
