"""What transformers makes of a folder that Precept wrote from a GGUF file, and of that file itself.

    python check_gguf.py FOLDER FILE PROMPTS

PROMPTS is a JSON list of texts. Prints one JSON object: the token ids of each prompt and the greedy continuation, from the folder;
and the largest difference between its weights and those that transformers reads from the file by itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TOKENS = 32


def main(folder: Path, file: Path, prompts: list[str]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    texts = []
    for prompt in prompts:
        chat = tokenizer.apply_chat_template([{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True)
        ids = tokenizer(chat, add_special_tokens=False, return_tensors="pt").input_ids
        answer = model.generate(ids, max_new_tokens=TOKENS, do_sample=False)[0, ids.shape[1] :]
        texts.append({"prompt": prompt, "ids": ids[0].tolist(), "answer": answer.tolist()})
    other = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32).state_dict()
    own = model.state_dict()
    difference = max(float((own[name] - other[name]).abs().max()) for name in own)
    print(json.dumps({"texts": texts, "difference": difference, "names": sorted(own) == sorted(other)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
