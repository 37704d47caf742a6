"""Makes tiny random models of every family with transformers, and the logits that they give.

    python make_models.py OUT

Every OUT/NAME is a folder as `save_pretrained` writes it, with a tokenizer, and `reference.safetensors` beside the
weights: tokens (B, T) as float32, logits (B, T, V), or for a preference model scores (B). Prints one JSON object that
says of each model how it was made. Nothing is downloaded.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    Gemma3TextForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3ForSequenceClassification,
    SmolLM3Config,
    SmolLM3ForCausalLM,
)

from make_tokenizers import byte_level_tokenizer

VOCABULARY = 320
BATCH = 2
LENGTH = 24
TINY: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}
FAMILIES: dict[str, tuple[type, type[PreTrainedModel], type[PreTrainedModel] | None]] = {
    "llama": (LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification),
    "mistral": (MistralConfig, MistralForCausalLM, None),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, None),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM, Qwen3ForSequenceClassification),
    "smollm3": (SmolLM3Config, SmolLM3ForCausalLM, None),
    "gemma3": (Gemma3TextConfig, Gemma3ForCausalLM, Gemma3TextForSequenceClassification),
}


@dataclass(frozen=True)
class Variant:
    """What a model has besides `TINY`, and how its folder is written."""

    family: str
    fields: dict[str, Any] = field(default_factory=dict)
    dtype: torch.dtype = torch.float32
    max_shard_size: str = "1GB"
    scores: bool = False


def rope(kind: str, **fields: Any) -> dict[str, Any]:
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 1000.0, **fields}}


LLAMA3 = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}
VARIANTS: dict[str, Variant] = {
    "llama": Variant("llama"),
    "llama-one-group": Variant("llama", {"num_key_value_heads": 4, "rms_norm_eps": 1e-3}),
    "llama-biases": Variant("llama", {"attention_bias": True, "mlp_bias": True}),
    "llama-head-dim": Variant("llama", {"head_dim": 24}),
    "llama-linear": Variant("llama", rope("linear", factor=3.0)),
    "llama-dynamic": Variant("llama", rope("dynamic", factor=2.0)),
    "llama-dynamic-beyond": Variant("llama", {"max_position_embeddings": 16, **rope("dynamic", factor=2.0)}),
    "llama-llama3": Variant("llama", {"head_dim": 16, **rope("llama3", **LLAMA3)}),
    "llama-yarn": Variant("llama", rope("yarn", factor=4.0, original_max_position_embeddings=16)),
    "llama-float16": Variant("llama", dtype=torch.float16),
    "llama-scores": Variant("llama", {"num_labels": 1}, scores=True),
    "smollm2": Variant("llama", {"tie_word_embeddings": True, **rope("default", rope_theta=100000.0)}),
    "smollm2-sharded": Variant("llama", {"tie_word_embeddings": True}, torch.bfloat16, "20KB"),
    "mistral": Variant("mistral", {"sliding_window": 6, "head_dim": 16}),
    "mistral-no-window": Variant("mistral", {"sliding_window": None}),
    "qwen2": Variant("qwen2", {"tie_word_embeddings": True}),
    "qwen2-window": Variant("qwen2", {"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}),
    "qwen2-yarn": Variant(
        "qwen2", rope("yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=16.0, truncate=False)
    ),
    "qwen3": Variant("qwen3", {"head_dim": 24, "tie_word_embeddings": True}),
    "qwen3-biases": Variant("qwen3", {"head_dim": 8, "attention_bias": True}, torch.bfloat16),
    "qwen3-window": Variant(
        "qwen3",
        {
            "head_dim": 8,
            "use_sliding_window": True,
            "sliding_window": 7,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        },
    ),
    "qwen3-scores": Variant("qwen3", {"head_dim": 8, "num_labels": 1}, scores=True),
    "smollm3": Variant("smollm3", {"num_hidden_layers": 4}, max_shard_size="20KB"),
    "gemma3": Variant("gemma3", {"head_dim": 24, "query_pre_attn_scalar": 24, "sliding_window": 5, "sliding_window_pattern": 2}),
    "gemma3-scaled": Variant(
        "gemma3",
        {
            "head_dim": 8,
            "query_pre_attn_scalar": 20,
            "num_hidden_layers": 7,
            "sliding_window": 4,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 5000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 300.0},
            },
        },
        torch.bfloat16,
        "20KB",
    ),
    "gemma3-scores": Variant("gemma3", {"head_dim": 8, "query_pre_attn_scalar": 8, "num_labels": 1}, scores=True),
    "smollm3-window": Variant(
        "smollm3", {"no_rope_layers": [1, 0, 1], "use_sliding_window": True, "sliding_window": 4, "mlp_bias": True}
    ),
}


def make_model(variant: Variant, seed: int) -> PreTrainedModel:
    """A model in which no parameter stands at its first value, so that every one of them matters."""
    torch.manual_seed(seed)
    config_class, causal_class, score_class = FAMILIES[variant.family]
    model_class = score_class if variant.scores else causal_class
    assert model_class is not None
    model = model_class(config_class(**{**TINY, **variant.fields}))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = 0.2 * torch.randn_like(parameter)
            is_norm = name.endswith("norm.weight") and variant.family != "gemma3"
            parameter.copy_(1 + noise if is_norm else noise)
    return model.to(variant.dtype).eval()


def reference(folder: Path, model_class: type[PreTrainedModel], scores: bool) -> dict[str, torch.Tensor]:
    """What the stored weights give in float32; loaded anew, since `model.float()` would keep rounded frequencies."""
    model = model_class.from_pretrained(folder, dtype=torch.float32).eval()
    tokens = torch.randint(2, VOCABULARY, (BATCH, LENGTH))
    with torch.no_grad():
        logits = model(input_ids=tokens).logits
    return {"tokens": tokens.float(), ("scores" if scores else "logits"): logits.contiguous()}


def main(out: Path) -> None:
    made: dict[str, dict[str, Any]] = {}
    for seed, (name, variant) in enumerate(VARIANTS.items()):
        folder = out / name
        model = make_model(variant, seed)
        model.save_pretrained(folder, max_shard_size=variant.max_shard_size)
        byte_level_tokenizer().save_pretrained(folder)
        save_file(reference(folder, type(model), variant.scores), folder / "reference.safetensors")
        made[name] = {
            "family": variant.family,
            "dtype": str(variant.dtype).removeprefix("torch."),
            "shards": len(list(folder.glob("model*.safetensors"))),
            "scores": variant.scores,
        }
    print(json.dumps(made))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
