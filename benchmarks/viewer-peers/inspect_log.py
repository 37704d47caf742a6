"""Writes items as an evaluation log of Inspect, by inspect_ai's own API.

    python inspect_log.py ITEMS.jsonl OUT.eval

An item is a sample: its request is the input, critique and revision are further turns, and the score is what a model-graded
scorer keeps (value, the answer graded, the grader's words).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TypedDict

from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalMetric,
    EvalResults,
    EvalSample,
    EvalScore,
    EvalSpec,
    EvalStats,
    write_eval_log,
)
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput
from inspect_ai.scorer import Score

MODEL = "bench/bench"
TIME = "2026-01-01T00:00:00+00:00"


class Item(TypedDict):
    id: str
    principle: str
    request: str
    response: str
    critique: str
    revision: str


def make_sample(item: Item) -> EvalSample:
    turns = [
        ChatMessageUser(content=item["request"]),
        ChatMessageAssistant(content=item["response"]),
        ChatMessageUser(content=f"Is it {item['principle']}?"),
        ChatMessageAssistant(content=item["critique"]),
        ChatMessageUser(content="Then write it again."),
        ChatMessageAssistant(content=item["revision"]),
    ]
    score = Score(value="C", answer=item["revision"], explanation=item["critique"])
    return EvalSample(
        id=item["id"],
        epoch=1,
        input=item["request"],
        target=item["principle"],
        messages=turns,
        output=ModelOutput.from_content(MODEL, item["revision"]),
        scores={"principle": score},
    )


def make_log(items: list[Item]) -> EvalLog:
    accuracy = EvalMetric(name="accuracy", value=1.0)
    score = EvalScore(name="principle", scorer="principle", metrics={"accuracy": accuracy})
    return EvalLog(
        status="success",
        eval=EvalSpec(
            created=TIME,
            task="bench",
            dataset=EvalDataset(name="bench", samples=len(items)),
            model=MODEL,
            config=EvalConfig(epochs=1),
        ),
        results=EvalResults(total_samples=len(items), completed_samples=len(items), scores=[score]),
        stats=EvalStats(started_at=TIME, completed_at=TIME),
        samples=[make_sample(item) for item in items],
    )


def main() -> None:
    source, target = sys.argv[1:]
    with Path(source).open(encoding="utf-8") as lines:
        items: list[Item] = [json.loads(line) for line in lines]
    write_eval_log(make_log(items), target)


if __name__ == "__main__":
    main()
