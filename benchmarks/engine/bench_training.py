"""PyTorch as a contender of benchmarks/engine.ts: a lean Llama, the same weights, batches, clipping and AdamW.

Reads commands on standard input, one JSON object a line, and answers each with one line.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Callable

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn


class Attention(nn.Module):
    def __init__(self, hidden: int, heads: int, key_value_heads: int, head_size: int) -> None:
        super().__init__()
        self.heads, self.key_value_heads, self.head_size = heads, key_value_heads, head_size
        self.q_proj = nn.Linear(hidden, heads * head_size, bias=False)
        self.k_proj = nn.Linear(hidden, key_value_heads * head_size, bias=False)
        self.v_proj = nn.Linear(hidden, key_value_heads * head_size, bias=False)
        self.o_proj = nn.Linear(heads * head_size, hidden, bias=False)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        batch, length, _ = x.shape
        q = self.q_proj(x).view(batch, length, self.heads, self.head_size).transpose(1, 2)
        k = self.k_proj(x).view(batch, length, self.key_value_heads, self.head_size).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, self.key_value_heads, self.head_size).transpose(1, 2)
        q, k = rotate(q, cosine, sine), rotate(k, cosine, sine)
        grouped = self.heads != self.key_value_heads
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, -1))


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat((-second, first), dim=-1) * sine


class FeedForward(nn.Module):
    def __init__(self, hidden: int, inner: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(hidden, inner, bias=False)
        self.up_proj = nn.Linear(hidden, inner, bias=False)
        self.down_proj = nn.Linear(inner, hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, config: dict[str, Any], head_size: int) -> None:
        super().__init__()
        hidden, epsilon = config["hidden_size"], config["rms_norm_eps"]
        self.input_layernorm = nn.RMSNorm(hidden, eps=epsilon)
        self.self_attn = Attention(hidden, config["num_attention_heads"], config["num_key_value_heads"], head_size)
        self.post_attention_layernorm = nn.RMSNorm(hidden, eps=epsilon)
        self.mlp = FeedForward(hidden, config["intermediate_size"])

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cosine, sine)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    """Names as in a Hugging Face folder without the leading "model."; the output projection is the embedding."""

    def __init__(self, config: dict[str, Any], length: int) -> None:
        super().__init__()
        hidden = config["hidden_size"]
        head_size = config.get("head_dim") or hidden // config["num_attention_heads"]
        self.embed_tokens = nn.Embedding(config["vocab_size"], hidden)
        self.layers = nn.ModuleList(Layer(config, head_size) for _ in range(config["num_hidden_layers"]))
        self.norm = nn.RMSNorm(hidden, eps=config["rms_norm_eps"])
        rate = config["rope_theta"] ** (-torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)
        angles = torch.outer(torch.arange(length, dtype=torch.float64), rate)
        angles = torch.cat((angles, angles), dim=-1)
        self.register_buffer("cosine", angles.cos().float())
        self.register_buffer("sine", angles.sin().float())

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, self.cosine, self.sine)
        logits = F.linear(self.norm(x), self.embed_tokens.weight)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]).float(), targets.view(-1))


def llama(folder: Path, length: int) -> nn.Module:
    config = json.loads((folder / "config.json").read_text())
    model = Llama(config, length)
    state = {name.removeprefix("model."): tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and set(missing) <= {"cosine", "sine"}, (missing, unexpected)
    return model


class CausalLoss(nn.Module):
    """A transformers model with a LoRA adapter of PEFT; the loss of the given targets."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from peft import PeftModel
        from transformers import LlamaForCausalLM

        base = LlamaForCausalLM.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float32)
        self.model = PeftModel.from_pretrained(base, folder / "adapter", is_trainable=True)

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        logits = self.model(input_ids=tokens, use_cache=False).logits
        return F.cross_entropy(logits.view(-1, logits.shape[-1]).float(), targets.view(-1))


class Trainer:
    def __init__(self, options: dict[str, Any]) -> None:
        torch.set_num_threads(int(options["threads"]))
        folder = Path(options["folder"])
        self.batch, self.length = int(options["batch"]), int(options["length"])
        self.batches = np.fromfile(folder / "batches.bin", dtype=np.int32)
        self.bf16 = options["precision"] == "bf16"
        rank = int(options.get("lora") or 0)
        self.model: nn.Module = llama(folder, self.length) if rank == 0 else CausalLoss(folder)
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        decayed = lambda name, p: rank > 0 or (p.ndim == 2 and "embed_tokens" not in name)  # noqa: E731
        named = [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]
        groups = [
            {"params": [p for name, p in named if decayed(name, p)], "weight_decay": 0.1},
            {"params": [p for name, p in named if not decayed(name, p)], "weight_decay": 0.0},
        ]
        groups = [group for group in groups if group["params"]]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, fused=True)
        self.loss: Callable[[Tensor, Tensor], Tensor] = self.model
        if options["mode"] == "compile":
            self.loss = torch.compile(self.model)
        self.done = 0

    def step(self) -> float:
        size = self.batch * self.length
        start = (self.done * 2 * size) % len(self.batches)
        self.done += 1
        grid = self.batches[start : start + 2 * size].reshape(2, self.batch, self.length)
        tokens, targets = torch.from_numpy(grid.astype(np.int64))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            loss = self.loss(tokens, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    def steps(self, count: int) -> dict[str, list[float]]:
        milliseconds: list[float] = []
        processor: list[float] = []
        losses: list[float] = []
        for _ in range(count):
            start, used = time.perf_counter(), time.process_time()
            losses.append(self.step())
            milliseconds.append((time.perf_counter() - start) * 1000)
            processor.append((time.process_time() - used) * 1000)
        return {"milliseconds": milliseconds, "processor": processor, "losses": losses}


SHAPES = [(2048, 768, 3072), (2048, 256, 768), (2048, 384, 1152), (1024, 1024, 1024), (2048, 2048, 2048)]


def gemm(repeats: int, dtype: torch.dtype) -> float:
    """GFLOP/s of the machine's best matrix product; the best of a few shapes, each the median of its repeats."""
    rates: list[float] = []
    for rows, inner, columns in SHAPES:
        a, b = torch.randn(rows, inner, dtype=dtype), torch.randn(inner, columns, dtype=dtype)
        seconds: list[float] = []
        for _ in range(repeats):
            start = time.perf_counter()
            torch.mm(a, b)
            seconds.append(time.perf_counter() - start)
        rates.append(2 * rows * inner * columns / sorted(seconds)[len(seconds) // 2] / 1e9)
    return max(rates)


def products(shapes: list[dict[str, int]], repeats: int) -> float:
    """Milliseconds that the linear layers' products of a step take alone: forward, gradients of x and of the weight."""
    total = 0.0
    for shape in shapes:
        rows, inner, outer = shape["rows"], shape["inner"], shape["outer"]
        x, weight, dy = torch.randn(rows, inner), torch.randn(outer, inner), torch.randn(rows, outer)
        for a, b in ((x, weight.T), (dy, weight), (dy.T, x)):
            milliseconds: list[float] = []
            out = torch.empty(a.shape[0], b.shape[1])
            for _ in range(repeats):
                start = time.perf_counter()
                torch.mm(a, b, out=out)
                milliseconds.append((time.perf_counter() - start) * 1000)
            total += shape["count"] * sorted(milliseconds)[(len(milliseconds) - 1) // 2]
    return total


def main() -> None:
    trainer: Trainer | None = None
    print('{"answer":"ready"}', flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        answer: Any
        if command["command"] == "load":
            start = time.perf_counter()
            trainer = Trainer(command)
            answer = {"seconds": time.perf_counter() - start}
        elif command["command"] == "steps":
            assert trainer is not None
            answer = trainer.steps(command["count"])
        elif command["command"] == "gemm":
            repeats = command["repeats"]
            answer = {"fp32": gemm(repeats, torch.float32), "bf16": gemm(repeats, torch.bfloat16)}
        elif command["command"] == "products":
            answer = products(command["shapes"], command["repeats"])
        else:
            raise ValueError(command)
        print('{"answer":' + json.dumps(answer) + "}", flush=True)


if __name__ == "__main__":
    main()
