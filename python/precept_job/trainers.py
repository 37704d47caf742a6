"""TRL's trainers on planned batches, rates and weights. Every number is given: none is left to a default of TRL."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainerCallback
from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer, SFTConfig, SFTTrainer

from .batches import planned_loader
from .contract import Dpo, Folder
from .events import Events
from .faults import Diverged, NotFinite
from .forward import log_probabilities, response_sums, scores
from .losses import agrees, dpo_loss, is_decided, soft_preference
from .models import bare_tokenizer

#: Not decayed: small tied embeddings collapse (docs/training.md).
NEVER_DECAYED = ("embed_tokens.weight", "lm_head.weight", "score.weight")


def settings(folder: Folder, device: torch.device) -> dict[str, Any]:
    """What all of TRL's configurations have in common."""
    job = folder.job
    return {
        "output_dir": str(folder.path / "states"),
        "max_steps": job.steps * folder.updates,
        "num_train_epochs": 1,
        "per_device_train_batch_size": job.layout.rowsPerProcess,
        "gradient_accumulation_steps": job.layout.accumulate,
        "optim": "adamw_torch",
        # The scheduler multiplies: the rates themselves stand in the plan.
        "learning_rate": 1.0,
        "lr_scheduler_type": "constant",
        "warmup_steps": 0,
        "adam_beta1": job.optimizer.beta1,
        "adam_beta2": job.optimizer.beta2,
        "adam_epsilon": job.optimizer.epsilon,
        "weight_decay": job.optimizer.weightDecay,
        "max_grad_norm": job.optimizer.clipNorm,
        "bf16": job.model.dtype == "bfloat16",
        "fp16": False,
        "tf32": False if device.type == "cuda" else None,
        "gradient_checkpointing": False,
        "use_cpu": device.type == "cpu",
        "seed": job.seed % 2**32,
        "remove_unused_columns": False,
        "dataloader_num_workers": 0,
        "ignore_data_skip": True,
        "logging_steps": 1,
        "logging_strategy": "steps",
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "report_to": "none",
        "save_strategy": "steps",
        "save_steps": job.stateEvery * folder.updates,
        "save_total_limit": 2,
        "eval_strategy": "no",
    }


class Planned:
    """What all trainers share; it stands before TRL's class."""

    #: What `compute_loss` gives is divided by the whole step's weight already.
    loss_is_scaled_for_ga = True

    def __init__(self, folder: Folder, events: Events, done: int, references: list[list[float]], **rest: Any) -> None:
        self.folder, self.events = folder, events
        #: Optimizer steps that an earlier attempt did.
        self.done = done
        #: log pi_ref of both responses of every pair, where an objective asks for it.
        self.references = torch.tensor(references, dtype=torch.float32)
        self.collected: dict[str, torch.Tensor] = defaultdict(lambda: torch.zeros((), dtype=torch.float64))
        super().__init__(**rest)

    def _prepare_dataset(self, dataset: Dataset, *_args: Any, **_kwargs: Any) -> Dataset:
        return dataset

    def get_train_dataloader(self):
        return planned_loader(self.folder, self.accelerator.process_index, self.done)

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> LambdaLR:
        rates = self.folder.rates
        if self.lr_scheduler is None:
            self.lr_scheduler = LambdaLR(optimizer or self.optimizer, lambda k: rates[min(k, len(rates) - 1)])
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def get_decay_parameter_names(self, model: torch.nn.Module) -> list[str]:
        named = model.named_parameters()
        return [name for name, tensor in named if tensor.dim() == 2 and not name.endswith(NEVER_DECAYED)]

    def create_model_card(self, *_args: Any, **_kwargs: Any) -> None:
        """None: it would ask the hub."""

    def _clip_grad_norm(self, model: torch.nn.Module) -> torch.Tensor:
        norm = super()._clip_grad_norm(model)
        if not math.isfinite(float(norm)):
            raise NotFinite(f"the gradient norm of step {self.step_at_hand} is {float(norm)}")
        return norm

    @property
    def step_at_hand(self) -> int:
        """Of the plan: a round takes several of the optimizer's."""
        return self.state.global_step // self.folder.updates + 1

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """This process's part of the step's weighted mean; gradients are averaged over the processes, hence the factor."""
        total, decided = inputs.pop("total"), inputs.pop("total_decided")
        summed, metrics = self.sums(model, inputs, total, decided)
        # With others, the gradient's norm is no number on all of them at once.
        if self.accelerator.num_processes == 1 and not math.isfinite(float(summed.detach())):
            raise NotFinite(f"the loss of step {self.step_at_hand} is {float(summed.detach())}")
        for name, value in {"loss": summed, **metrics}.items():
            self.collected[name] = self.collected[name] + value.detach().double().cpu()
        return summed * self.accelerator.num_processes

    def sums(self, model, batch, total: float, decided: float) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The loss and the metrics, divided by the whole step's weights, so that parts add up."""
        raise NotImplementedError

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """A step's numbers, whole: TRL rounds what it prints, and a mean of means would be wrong."""
        if "grad_norm" not in logs:
            return
        step = self.state.global_step
        metrics = {name: float(self.reduce_sum(value)) for name, value in self.collected.items()}
        self.collected.clear()
        metrics |= {"gradient_norm": float(logs["grad_norm"]), "learning_rate": float(logs["learning_rate"])}
        self.events.tell("step", step=step, tokens=self.folder.plan[step - 1].tokens, metrics=metrics)
        most = self.folder.job.maxLoss
        if most is not None and metrics["loss"] > most:
            raise Diverged(f"step {step} has a loss of {metrics['loss']:.4g}, and {most:.4g} is ten blind guesses")

    def reduce_sum(self, value: torch.Tensor) -> torch.Tensor:
        if self.accelerator.num_processes == 1:
            return value
        return self.accelerator.reduce(value.float().to(self.accelerator.device), "sum")


class PlannedSft(Planned, SFTTrainer):
    def sums(self, model, batch, total, decided):
        return -(batch["weights"][:, 1:] * log_probabilities(model, batch)).sum() / total, {}


class PlannedPreference(Planned, RewardTrainer):
    def sums(self, model, batch, total, decided):
        first, second = scores(model, batch)
        difference, share = first.float() - second.float(), batch["weight"] / total
        loss = (share * soft_preference(difference, batch["label"])).sum()
        return loss, {"accuracy": (share * agrees(difference, batch["label"])).sum()}


class PlannedDpo(Planned, DPOTrainer):
    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        # A copy of the adapter, which TRL would ask for what is known already.
        if isinstance(self.model, PeftModel):
            self.model.delete_adapter("ref")

    def _precompute_ref_logps(self, dataset: Dataset, *_args: Any, **_kwargs: Any) -> Dataset:
        return dataset

    def sums(self, model, batch, total, decided):
        options = self.folder.job.loss
        assert isinstance(options, Dpo)
        label, share = batch["label"], batch["weight"] / total
        first_logps, second_logps = response_sums(model, batch)
        own = self.references.to(first_logps.device)[batch["places"]]
        first, second = first_logps - own[:, 0], second_logps - own[:, 1]
        is_first = label > 0.5
        chosen, rejected = torch.where(is_first, first, second), torch.where(is_first, second, first)
        preferred = (share * dpo_loss(first - second, label, options)).sum()
        loss, parts = preferred, {}
        if options.nllWeight > 0:
            lengths = (batch["targets"][:, 1:] >= 0).sum(-1)
            per_token = torch.where(is_first, first_logps, second_logps) / torch.where(is_first, *lengths.chunk(2))
            likely = -(batch["weight"] * is_decided(label) * per_token).sum() / max(decided, 1e-8)
            loss, parts = preferred + options.nllWeight * likely, {"loss/dpo": preferred, "loss/nll": likely}
        means = {
            "rewards/chosen": options.beta * chosen,
            "rewards/rejected": options.beta * rejected,
            "rewards/accuracies": agrees(first - second, label),
            "rewards/margins": options.beta * (chosen - rejected),
            "logps/chosen": torch.where(is_first, first_logps, second_logps),
            "logps/rejected": torch.where(is_first, second_logps, first_logps),
            "labels/decided": is_decided(label),
        }
        return loss, {**parts, **{name: (share * value).sum() for name, value in means.items()}}


def make_trainer(
    model: torch.nn.Module,
    folder: Folder,
    events: Events,
    *,
    done: int,
    device: torch.device,
    callback: TrainerCallback,
    references: list[list[float]],
) -> Planned:
    """The trainer of the job's objective."""
    kind, config, own = {
        "sft": (PlannedSft, SFTConfig, {"packing": False, "dataset_kwargs": {"skip_prepare_dataset": True}}),
        "preference-model": (PlannedPreference, RewardConfig, {"disable_dropout": False}),
        "dpo": (PlannedDpo, DPOConfig, {"disable_dropout": False, "precompute_ref_log_probs": True}),
    }[folder.job.objective]
    return kind(
        folder,
        events,
        done,
        references,
        model=model,
        args=config(**settings(folder, device), max_length=None, **own),
        # Never read: the batches come from the plan.
        train_dataset=Dataset.from_dict({"id": [row.id for row in folder.rows]}),
        processing_class=bare_tokenizer(folder.job),
        data_collator=lambda batch: batch,
        callbacks=[callback],
    )
