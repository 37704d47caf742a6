"""Reads a model card as the Hugging Face hub's own package does, without the network.

    python check_card.py CARD.md

Prints one JSON object: the metadata as the package writes it again, and the evaluation results that it found in it. It
refuses a model-index that it cannot read.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

from huggingface_hub import ModelCard


def main() -> None:
    card = ModelCard(Path(sys.argv[1]).read_text(encoding="utf-8"), ignore_metadata_errors=False)
    results = [
        {name: value for name, value in dataclasses.asdict(result).items() if value is not None}
        for result in card.data.eval_results or []
    ]
    print(json.dumps({"metadata": card.data.to_dict(), "results": results}))


if __name__ == "__main__":
    main()
