"""Writes GGUF files with the package gguf, and what it and transformers make of them.

    python make_gguf.py types OUT [SEED]    # OUT.gguf: one tensor of each type; OUT.safetensors: the same, dequantised
    python make_gguf.py tiny OUT            # OUT.gguf: a tiny model in five types; OUT.json: its token ids and probabilities
    python make_gguf.py models MADE OUT     # of each of MADE's folders that GGUF has a name for, OUT/NAME.gguf in float32
    python make_gguf.py tokenizers OUT      # OUT/WAY.gguf: a tiny model with a tokenizer of each way of splitting; prints ids
    python make_gguf.py dequantise FILE OUT # OUT.safetensors: every tensor of a file, dequantised, under GGUF's names

The converter's part (llama.cpp's convert_hf_to_gguf.py, which no package has) is `write_model`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader, GGUFWriter, TokenType, get_tensor_name_map
from gguf.constants import GGML_QUANT_SIZES, MODEL_ARCH, MODEL_ARCH_NAMES
from gguf.quants import dequantize, quantize
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from make_models import TINY, Variant, make_model
from make_tokenizers import CHATML, TEXTS, byte_level_tokenizer, digits_tokenizer, sentencepiece_tokenizer, wrapped

TYPES = [
    Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q4_K, Type.Q5_K, Type.Q6_K
]  # fmt: skip
#: Where the 16-bit scales of a block stand: as random bits they might be no numbers.
SCALES = {
    Type.Q8_0: (0,), Type.Q4_0: (0,), Type.Q4_1: (0, 2), Type.Q5_0: (0,), Type.Q5_1: (0, 2),
    Type.Q4_K: (0, 2), Type.Q5_K: (0, 2), Type.Q6_K: (208,), Type.F16: (0,),
}  # fmt: skip
ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma3_text": "gemma3"}


def random_blocks(kind: Type, rows: int, blocks: int, random: np.random.Generator) -> np.ndarray:
    """Rows of random bits, but for scales, which are random numbers, some of them below the smallest normal one."""
    size = GGML_QUANT_SIZES[kind][1]
    if kind in (Type.F32, Type.BF16):
        numbers = random.standard_normal((rows, blocks)).astype(np.float32)
        return numbers if kind == Type.F32 else (numbers.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
    data = random.integers(0, 256, (rows, blocks, size), dtype=np.uint8)
    for place in SCALES[kind]:
        scales = random.standard_normal((rows, blocks)) * 10.0 ** random.uniform(-8, 1, (rows, blocks))
        data[..., place : place + 2] = scales.astype(np.float16).view(np.uint8).reshape(rows, blocks, 2)
    return data.reshape(rows, blocks * size)


def write_types(out: Path, seed: str = "5") -> None:
    random = np.random.default_rng(int(seed))
    writer = GGUFWriter(f"{out}.gguf", "llama")
    expected: dict[str, np.ndarray] = {}
    for kind in TYPES:
        size = GGML_QUANT_SIZES[kind][0]
        data = random_blocks(kind, 3, 512 // size, random)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = dequantize(data, kind)
    close(writer)
    save_file(expected, f"{out}.safetensors")
    print(json.dumps(len(expected)))


def close(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def interleave(weights: np.ndarray, heads: int) -> np.ndarray:
    """The halves of each head side by side, as llama.cpp rotates them."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def write_model(path: Path, model: torch.nn.Module, tokenizer: PreTrainedTokenizerBase, kind_of: Any, pre: str) -> None:
    config: Any = model.config
    name = ARCHITECTURES[config.model_type]
    arch = next(own for own, text in MODEL_ARCH_NAMES.items() if text == name)
    writer = GGUFWriter(path, name)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    head_size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    if name == "llama":
        writer.add_rope_dimension_count(head_size)
    ropes = config.rope_parameters
    rope = ropes.get("full_attention", ropes)
    writer.add_rope_freq_base(rope["rope_theta"])
    kind = rope.get("rope_type", "default")
    if kind in ("linear", "yarn"):
        writer.add_string(f"{name}.rope.scaling.type", kind)
        writer.add_rope_scaling_factor(rope["factor"])
    if kind == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if name == "gemma3":
        writer.add_sliding_window(config.sliding_window)
        writer.add_rope_freq_base_swa(ropes["sliding_attention"]["rope_theta"])
        writer.add_sliding_window_pattern(config.layer_types.index("full_attention") + 1)
    names = get_tensor_name_map(arch, config.num_hidden_layers)
    for own, parameter in model.state_dict().items():
        if own == "lm_head.weight" and config.tie_word_embeddings:
            continue
        data = parameter.float().numpy()
        if arch == MODEL_ARCH.LLAMA and (".q_proj." in own or ".k_proj." in own):
            data = interleave(data, config.num_attention_heads if ".q_proj." in own else config.num_key_value_heads)
        if arch == MODEL_ARCH.GEMMA3 and own.endswith("norm.weight"):
            data = data + 1
        stored = kind_of(own) if data.ndim == 2 else Type.F32
        writer.add_tensor(names.get_name(own, (".weight", ".bias")), quantize(data, stored), raw_dtype=stored)
    write_tokenizer(writer, tokenizer, pre)
    close(writer)


def write_tokenizer(writer: GGUFWriter, tokenizer: PreTrainedTokenizerBase, pre: str) -> None:
    """`pre` is the name of a way of splitting, or "spm" for SentencePiece's BPE, whose merges become scores."""
    file = json.loads(tokenizer.backend_tokenizer.to_str())
    tokens = [tokenizer.convert_ids_to_tokens(number) for number in range(len(tokenizer))]
    special = {token["content"]: token["special"] for token in file["added_tokens"]}
    kinds = [TokenType.NORMAL if token not in special else TokenType.CONTROL if special[token] else TokenType.USER_DEFINED for token in tokens]
    merges = [merge if isinstance(merge, list) else merge.split(" ") for merge in file["model"]["merges"]]
    writer.add_tokenizer_model("llama" if pre == "spm" else "gpt2")
    writer.add_tokenizer_pre("default" if pre == "spm" else pre)
    writer.add_token_list(tokens)
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_add_bos_token(file["post_processor"] is not None and "SpecialToken" in json.dumps(file["post_processor"]))
    if pre == "spm":
        scores = dict.fromkeys(tokens, -1e4)
        for place, (left, right) in reversed(list(enumerate(merges))):
            scores[left + right] = -float(place)
        kinds = [TokenType.BYTE if token.startswith("<0x") else kind for token, kind in zip(tokens, kinds, strict=True)]
        writer.add_token_scores([scores[token] for token in tokens])
        writer.add_unk_token_id(tokenizer.unk_token_id)
        writer.add_add_space_prefix('"Prepend"' in json.dumps(file["normalizer"]))
    else:
        writer.add_token_merges([" ".join(merge) for merge in merges])
    writer.add_token_types(kinds)
    if tokenizer.chat_template is not None:
        writer.add_chat_template(tokenizer.chat_template)


def write_tiny(out: Path) -> None:
    fields = {"intermediate_size": 64, "num_hidden_layers": 2, "tie_word_embeddings": True, "vocab_size": TINY["vocab_size"]}
    model = make_model(Variant("llama", fields), 3)
    kinds = {"embed_tokens": Type.F16, "q_proj": Type.Q5_1, "v_proj": Type.BF16, "up_proj": Type.Q8_0}
    kind_of = lambda name: next((kind for part, kind in kinds.items() if part in name), Type.Q4_0)  # noqa: E731
    tokenizer = byte_level_tokenizer()
    write_model(Path(f"{out}.gguf"), model, tokenizer, kind_of, "gpt-2")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2:
                kind = kind_of(name)
                parameter.copy_(torch.from_numpy(dequantize(quantize(parameter.numpy(), kind), kind)))
        tokens = torch.randint(4, TINY["vocab_size"], (1, 20))
        logprobs = torch.log_softmax(model(input_ids=tokens).logits.double(), dim=-1)[0]
        greedy = model.generate(tokens, max_new_tokens=20, do_sample=False, eos_token_id=None, pad_token_id=1)[0, 20:]
    result = {
        "tokens": tokens[0].tolist(),
        "logprobs": [float(logprobs[place, token]) for place, token in enumerate(tokens[0, 1:])],
        "greedy": greedy.tolist(),
        "texts": [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False)} for text in TEXTS],
        "chat": tokenizer.apply_chat_template([{"role": "user", "content": "Soup?"}], tokenize=False, add_generation_prompt=True),
    }
    Path(f"{out}.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_models(made: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for folder in sorted(path for path in made.iterdir() if (path / "config.json").exists()):
        config = json.loads((folder / "config.json").read_text())
        ropes = config.get("rope_parameters") or {}
        kind = ropes.get("rope_type", "default")
        is_plain = not config.get("use_sliding_window") and (config.get("sliding_window") is None or config["model_type"] == "gemma3_text")
        if config["model_type"] not in ARCHITECTURES or "CausalLM" not in config["architectures"][0]:
            continue
        if config["model_type"] == "gemma3_text" and config["query_pre_attn_scalar"] != config["head_dim"]:
            continue
        if not is_plain or kind in ("dynamic", "llama3") or "truncate" in ropes or config.get("mlp_bias"):
            continue
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        write_model(out / f"{folder.name}.gguf", model, AutoTokenizer.from_pretrained(folder), lambda _: Type.F32, "gpt-2")
        written.append(folder.name)
    print(json.dumps(written))


def qwen_tokenizer() -> PreTrainedTokenizerBase:
    """As `byte_level_tokenizer(split=True)`, with digits one by one and nothing taken whole."""
    fast = byte_level_tokenizer(split=True)
    file = json.loads(fast.backend_tokenizer.to_str())
    file["model"]["ignore_merges"] = False
    file["post_processor"] = None
    pattern = file["pre_tokenizer"]["pretokenizers"][0]["pattern"]
    pattern["Regex"] = pattern["Regex"].replace("{1,3}", "")
    return wrapped(Tokenizer.from_str(json.dumps(file)), CHATML)


def plain_sentencepiece() -> PreTrainedTokenizerBase:
    """In the manner of Gemma: no space is put before a text."""
    fast = sentencepiece_tokenizer()
    file = json.loads(fast.backend_tokenizer.to_str())
    file["normalizer"] = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    file["decoder"]["decoders"].pop()
    return wrapped(Tokenizer.from_str(json.dumps(file)), None, unk_token="<unk>")


def without_post_normalisation(fast: PreTrainedTokenizerBase, normalizer: object) -> PreTrainedTokenizerBase:
    """GGUF does not say whether a text is normalised; Llama 3 does not."""
    file = json.loads(fast.backend_tokenizer.to_str())
    file["normalizer"] = normalizer
    file["added_tokens"] = [{**token, "normalized": False} for token in file["added_tokens"]]
    return wrapped(Tokenizer.from_str(json.dumps(file)), CHATML)


def write_tokenizers(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    ways = {
        "gpt-2": byte_level_tokenizer(),
        "smollm": digits_tokenizer(),
        "llama-bpe": without_post_normalisation(byte_level_tokenizer(split=True), None),
        "qwen2": without_post_normalisation(qwen_tokenizer(), {"type": "NFC"}),
        "spm": sentencepiece_tokenizer(),
        "spm-plain": plain_sentencepiece(),
    }
    result = {}
    for name, tokenizer in ways.items():
        model = make_model(Variant("llama", {"vocab_size": len(tokenizer), "num_hidden_layers": 1}), 1)
        write_model(out / f"{name}.gguf", model, tokenizer, lambda _: Type.F16, "spm" if name.startswith("spm") else name)
        backend = tokenizer.backend_tokenizer
        result[name] = [
            {
                "text": text,
                "ids": backend.encode(text, add_special_tokens=False).ids,
                "special": backend.encode(text, add_special_tokens=True).ids,
            }
            for text in TEXTS
        ]
    print(json.dumps(result))


def write_dequantised(path: Path, out: Path) -> None:
    tensors = {}
    for tensor in GGUFReader(path).tensors:
        shape = [int(size) for size in reversed(tensor.shape)]
        tensors[tensor.name] = dequantize(tensor.data, tensor.tensor_type).reshape(shape)
    save_file(tensors, f"{out}.safetensors")
    print(json.dumps(len(tensors)))


def main(what: str, *rest: str) -> None:
    if what == "types":
        write_types(Path(rest[0]), *rest[1:])
        return
    {"tiny": write_tiny, "models": write_models, "tokenizers": write_tokenizers, "dequantise": write_dequantised}[what](
        *map(Path, rest)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
