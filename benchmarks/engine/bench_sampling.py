"""transformers.generate as a contender of benchmarks/engine.ts. Commands and answers as in bench_training.py."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import torch
from transformers import LlamaForCausalLM


class Sampler:
    def __init__(self, options: dict[str, Any]) -> None:
        torch.set_num_threads(int(options["threads"]))
        self.model = LlamaForCausalLM.from_pretrained(options["folder"], attn_implementation="sdpa", dtype=torch.float32)
        self.model.eval()
        self.model.generation_config.eos_token_id = None
        self.model.generation_config.pad_token_id = 0

    def run(self, prompts: torch.Tensor, tokens: int, sample: bool) -> torch.Tensor:
        with torch.inference_mode():
            return self.model.generate(
                prompts,
                attention_mask=torch.ones_like(prompts),
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=sample,
                top_k=0 if sample else None,
                top_p=1.0 if sample else None,
                temperature=1.0 if sample else None,
            )[:, prompts.shape[1] :]

    def generate(self, batch: int, prompt: int, tokens: int) -> dict[str, float]:
        generator = torch.Generator().manual_seed(3)
        prompts = torch.randint(3, self.model.config.vocab_size, (batch, prompt), generator=generator)
        start = time.perf_counter()
        made = self.run(prompts, tokens, sample=True)
        return {"seconds": time.perf_counter() - start, "tokens": made.numel()}


def main() -> None:
    sampler: Sampler | None = None
    print('{"answer":"ready"}', flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        answer: Any
        if command["command"] == "load":
            start = time.perf_counter()
            sampler = Sampler(command)
            answer = {"seconds": time.perf_counter() - start}
        elif command["command"] == "generate":
            assert sampler is not None
            answer = sampler.generate(command["batch"], command["prompt"], command["tokens"])
        elif command["command"] == "greedy":
            assert sampler is not None
            prompt = torch.arange(3, 3 + command["prompt"])[None]
            answer = sampler.run(prompt, command["tokens"], sample=False)[0].tolist()
        else:
            raise ValueError(command)
        print('{"answer":' + json.dumps(answer) + "}", flush=True)


if __name__ == "__main__":
    main()
