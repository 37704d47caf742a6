"""The model of a job at its start, and how it is written down."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, PreTrainedModel, PreTrainedTokenizerFast

from .contract import Folder, Job
from .events import write_whole
from .faults import InputInvalid

#: Copied as they are: this program never reads a text.
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "chat_template.json",
    "generation_config.json",
)
ADAPTER = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"


def choose_device(job: Job) -> torch.device:
    wanted = job.model.device
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputInvalid("a CUDA device was asked for, and PyTorch finds none")
    if wanted == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        # A cluster may show each process its own device alone.
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def load_plain(path: Path, job: Job, head: str | None = None, name: str = "initial checkpoint") -> PreTrainedModel:
    """A checkpoint's weights, all of them; only a new scalar head may be missing. `head`: by default the job's."""
    head = head or job.model.head
    is_scorer = head != "none"
    kind = AutoModelForSequenceClassification if is_scorer else AutoModelForCausalLM
    # A frozen base rounds once; weights that learn stay whole, and only their products are rounded.
    dtype = torch.bfloat16 if job.model.dtype == "bfloat16" and job.lora is not None else torch.float32
    try:
        model, info = kind.from_pretrained(
            path,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            **({"num_labels": 1} if is_scorer else {}),
        )
    except (OSError, ValueError) as error:
        raise InputInvalid(f"the {name} cannot be loaded ({type(error).__name__})") from error
    allowed = {"score.weight"} if head == "zero" else set()
    missing = sorted(set(info["missing_keys"]) - allowed)
    if missing or info["mismatched_keys"]:
        raise InputInvalid(f"the {name} does not fit its configuration: {(missing or ['a shape'])[0]}")
    if head == "zero":
        with torch.no_grad():
            model.score.weight.zero_()
    _plainly(model)
    return model


def _plainly(model: PreTrainedModel) -> None:
    """Nothing is left out at random and no embedding stands still: an adapter's own dropout is laid over this."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0
    model.get_input_embeddings().padding_idx = None


def with_adapter(model: PreTrainedModel, folder: Folder) -> PeftModel:
    """The initial adapter over its frozen base. Raises InputInvalid where one tensor does not fit."""
    place = folder.path / "initial-adapter"
    try:
        adapted = PeftModel.from_pretrained(model, str(place), is_trainable=True, local_files_only=True)
    except (ValueError, RuntimeError, OSError) as error:
        raise InputInvalid("the initial adapter does not fit its base") from error
    with safe_open(place / ADAPTER, "pt") as file:
        given = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
    placed = {name: tuple(tensor.shape) for name, tensor in get_peft_model_state_dict(adapted).items()}
    if given != placed:
        raise InputInvalid("the initial adapter does not fit its base: its tensors are not those that would learn")
    return adapted


def bare_tokenizer(job: Job) -> PreTrainedTokenizerFast:
    """TRL wants a tokenizer and asks it for two tokens."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    words = {"<pad>": job.model.padToken, "<end>": job.model.endToken}
    vocabulary = Tokenizer(WordLevel(words, unk_token="<pad>"))
    return PreTrainedTokenizerFast(tokenizer_object=vocabulary, pad_token="<pad>", eos_token="<end>")


def _restore_tokens(folder: Folder, config: Path) -> None:
    """What the trainer aligned with its bare tokenizer, as the initial model has it; a scorer keeps the pad token it was trained with."""
    job = folder.job
    before = json.loads((folder.initial / "config.json").read_text("utf-8"))
    after = json.loads(config.read_text("utf-8"))
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        after[name] = before.get(name)
    if job.objective == "preference-model":
        after["pad_token_id"] = job.model.padToken
    write_whole(config, after)


def save_learned(model: torch.nn.Module, folder: Folder, target: Path) -> None:
    """Writes the checkpoint or the adapter beside its place and renames it."""
    writing = target.with_name(f"{target.name}.writing")
    shutil.rmtree(writing, ignore_errors=True)
    writing.mkdir(parents=True)
    if isinstance(model, PeftModel):
        tensors = get_peft_model_state_dict(model)
        whole = {name: tensor.detach().float().cpu().contiguous() for name, tensor in tensors.items()}
        save_file(whole, writing / ADAPTER, {"format": "pt"})
        shutil.copyfile(folder.path / "initial-adapter" / ADAPTER_CONFIG, writing / ADAPTER_CONFIG)
    else:
        assert isinstance(model, PreTrainedModel)
        model.save_pretrained(writing)
        (writing / "generation_config.json").unlink(missing_ok=True)
        _restore_tokens(folder, writing / "config.json")
        for name in TOKENIZER_FILES:
            if (folder.initial / name).exists():
                shutil.copyfile(folder.initial / name, writing / name)
    for path in writing.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    shutil.rmtree(target, ignore_errors=True)
    writing.rename(target)
