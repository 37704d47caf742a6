"""What is computed from a round's numbers alone. Precept's own are src/training/{gae,monitors}.ts and local/rollout-round.ts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .sampled import Bounds, Grpo, Rloo

#: Tokens of a phrase that many responses should not share.
PHRASE = 6


@dataclass(frozen=True)
class Readings:
    """One list a response; of its tokens, nats."""

    logprobs: list[list[float]]
    entropies: list[list[float]]
    reference: list[list[float]]


def mean(values: Iterable[float]) -> float:
    all_of_them = list(values)
    return math.fsum(all_of_them) / max(1, len(all_of_them))


def deviation(values: Sequence[float], unbiased: bool = False) -> float:
    count = len(values) - 1 if unbiased else len(values)
    middle = mean(values)
    return 0.0 if count < 1 else math.sqrt(math.fsum((value - middle) ** 2 for value in values) / count)


def sequence_kl(readings: Readings) -> list[float]:
    """log pi - log pi_ref of each whole response."""
    both = zip(readings.logprobs, readings.reference, strict=True)
    return [math.fsum(own) - math.fsum(other) for own, other in both]


def groups_of(values: Sequence[float], size: int) -> list[Sequence[float]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def advantages_of(rewards: Sequence[float], readings: Readings, size: int, loss: Grpo | Rloo) -> list[float]:
    """One a response; the samples of a prompt stand together."""
    if isinstance(loss, Grpo):
        found: list[float] = []
        for group in groups_of(rewards, size):
            scale = deviation(group, unbiased=True) + 1e-4 if loss.scaleRewards else 1.0
            found += [(reward - mean(group)) / scale for reward in group]
        return found
    whole = [reward - loss.klCoefficient * kl for reward, kl in zip(rewards, sequence_kl(readings), strict=True)]
    found = []
    for group in groups_of(whole, size):
        total = math.fsum(group)
        found += [reward - (total - reward) / (len(group) - 1) for reward in group]
    if not loss.whitenAdvantages:
        return found
    middle, scale = mean(found), math.sqrt(deviation(found) ** 2 + 1e-8)
    return [(value - middle) / scale for value in found]


def boilerplate_rate(responses: Sequence[Sequence[int]]) -> float:
    """Share of the responses that carry the most repeated phrase, of tokens: this program reads no words."""
    carriers: dict[tuple[int, ...], int] = {}
    for tokens in responses:
        for phrase in {tuple(tokens[at : at + PHRASE]) for at in range(len(tokens) - PHRASE + 1)}:
            carriers[phrase] = carriers.get(phrase, 0) + 1
    return max(carriers.values(), default=0) / max(1, len(responses))


@dataclass(frozen=True)
class Monitored:
    klNats: float
    score: float
    length: float
    boilerplateRate: float
    referenceLogprob: float
    entropyNats: float


#: Bound, what it bounds, whether from above, and in which words.
BOUNDS = (
    ("maxKlNats", "klNats", True, "KL from the reference (nats)"),
    ("minScore", "score", False, "score"),
    ("minLength", "length", False, "response length (tokens)"),
    ("maxLength", "length", True, "response length (tokens)"),
    ("maxBoilerplateRate", "boilerplateRate", True, "boilerplate rate"),
    ("minReferenceLogprob", "referenceLogprob", False, "log-probability under the reference model (nats per token)"),
    ("minEntropyNats", "entropyNats", False, "entropy (nats per token)"),
)


def broken_bound(monitored: Monitored, bounds: Bounds) -> str | None:
    """The first that is broken, in words; a bound equal to the value is kept."""
    for name, measured, is_above, words in BOUNDS:
        bound, value = getattr(bounds, name), getattr(monitored, measured)
        if bound is not None and (value > bound if is_above else value < bound):
            return f"{words} {value:.3f} is {'above' if is_above else 'below'} its bound {bound:g}"
    return None


def measure(
    responses: Sequence[Sequence[int]],
    ended: Sequence[bool],
    scores: Sequence[float],
    readings: Readings,
    *,
    size: int,
    kl_coefficient: float,
) -> tuple[Monitored, dict[str, float]]:
    """A round's means, under the names that Precept's own loop gives them."""
    kls = sequence_kl(readings)
    tokens = sum(map(len, responses))
    monitored = Monitored(
        klNats=mean(kls),
        score=mean(scores),
        length=mean(map(len, responses)),
        boilerplateRate=boilerplate_rate(responses),
        referenceLogprob=math.fsum(map(math.fsum, readings.reference)) / tokens,
        entropyNats=math.fsum(map(math.fsum, readings.entropies)) / tokens,
    )
    pairs = zip(readings.logprobs, readings.reference, strict=True)
    k3 = [math.fsum(math.expm1(b - a) + a - b for a, b in zip(own, other, strict=True)) for own, other in pairs]
    deviations = [deviation(group) for group in groups_of(scores, size)]
    return monitored, {
        "objective/kl": monitored.klNats,
        "objective/kl_k3": mean(k3),
        "objective/entropy": mean(-math.fsum(own) for own in readings.logprobs),
        "objective/non_score_reward": -kl_coefficient * monitored.klNats,
        "objective/rlhf_reward": monitored.score - kl_coefficient * monitored.klNats,
        "objective/scores": monitored.score,
        "objective/scores_std": deviation(scores),
        "policy/entropy_avg": monitored.entropyNats,
        "val/num_eos_tokens": float(sum(ended)),
        "monitor/length": monitored.length,
        "monitor/boilerplate_rate": monitored.boilerplateRate,
        "monitor/reference_logprob": monitored.referenceLogprob,
        "reward_std": mean(deviations),
        "frac_reward_zero_std": mean(float(value == 0) for value in deviations),
        "completions/clipped_ratio": mean(float(not one) for one in ended),
    }
