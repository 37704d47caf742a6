"""TRL's configurations of grpo and rloo: every number is given, none is left to a default of TRL."""

from __future__ import annotations

from typing import Any

import torch
from datasets import Dataset
from transformers import TrainerCallback
from trl import GRPOConfig, RLOOConfig

from .contract import Folder
from .events import Events
from .models import bare_tokenizer
from .rounds import PlannedGrpo, PlannedRloo, Rounds
from .sampled import Grpo, Rloo
from .stopping import Stop
from .trainers import settings


def _sampling(folder: Folder) -> dict[str, Any]:
    """Every number of TRL's that has to do with drawing responses."""
    rollouts = folder.job.rollouts
    assert rollouts is not None
    return {
        "num_generations": rollouts.samples,
        "max_completion_length": rollouts.maxTokens,
        # Of the loss; responses are drawn by `generation_kwargs`, as Precept's own loop does it.
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 0,
        "min_p": None,
        "repetition_penalty": 1.0,
        "generation_kwargs": {"temperature": rollouts.temperature, "eos_token_id": rollouts.stopTokens},
        "mask_truncated_completions": False,
        "num_iterations": 1,
        "pad_to_multiple_of": None,
        "shuffle_dataset": False,
        "disable_dropout": False,
        "use_vllm": False,
        "sync_ref_model": False,
        "log_completions": False,
        # The rounds come from the plan; TRL only checks that its own would be whole.
        "per_device_train_batch_size": rollouts.samples,
        "generation_batch_size": rollouts.samples,
        # TRL would load a second model: the reference is asked by `_read`.
        "beta": 0.0,
    }


def make_policy_trainer(
    model: torch.nn.Module,
    folder: Folder,
    events: Events,
    *,
    done: int,
    device: torch.device,
    callback: TrainerCallback,
    stop: Stop,
) -> Rounds:
    loss = folder.job.loss
    common = {**settings(folder, device), **_sampling(folder)}
    args: GRPOConfig | RLOOConfig
    if isinstance(loss, Grpo):
        args = GRPOConfig(
            **common,
            loss_type={"response": "grpo", "token": "dapo", "constant": "dr_grpo"}[loss.normalisation],
            epsilon=loss.clipLow,
            epsilon_high=loss.clipHigh,
            delta=None,
            scale_rewards="group" if loss.scaleRewards else "none",
            importance_sampling_level="token",
            multi_objective_aggregation="sum_then_normalize",
            top_entropy_quantile=1.0,
            entropy_coef=0.0,
            use_adaptive_entropy=False,
            use_bias_correction_kl=False,
            off_policy_mask_threshold=None,
            cast_lm_head_to_fp32=False,
        )
    else:
        assert isinstance(loss, Rloo)
        args = RLOOConfig(
            **common,
            epsilon=loss.clip,
            epsilon_high=loss.clip,
            normalize_advantages=False,
            reward_clip_range=None,
        )
    kind = PlannedGrpo if isinstance(loss, Grpo) else PlannedRloo
    trainer = kind(
        folder,
        events,
        done,
        stop=stop,
        device=device,
        model=model,
        reward_funcs=_not_asked,
        args=args,
        # Never read: the rounds come from the plan.
        train_dataset=Dataset.from_dict({"prompt": [row.id for row in folder.rows]}),
        processing_class=bare_tokenizer(folder.job),
        callbacks=[callback],
    )
    trainer.eos_token_ids = folder.job.rollouts.stopTokens
    trainer.beta = loss.klCoefficient
    return trainer


def _not_asked(**_: Any) -> list[float]:
    raise RuntimeError("rewards are given before TRL would ask")
