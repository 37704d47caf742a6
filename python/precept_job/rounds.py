"""TRL's GRPO and RLOO over rounds that are drawn, scored and measured here; loss, gradients and steps are TRL's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader
from trl import GRPOTrainer, RLOOTrainer
from trl.trainer.utils import add_fused_lm_head

from .batches import index_loader, pad, share_of
from .contract import Folder
from .events import Events, write_lines
from .faults import Broken, Interrupted, NotFinite
from .measures import Readings, advantages_of, broken_bound, measure
from .models import load_plain
from .rewards import Asked, PreferenceModel, Scored, open_reward, refuse_unusable
from .sampled import Grpo, Rloo, Rollouts, Round
from .server import RolloutServer
from .stopping import Stop
from .trainers import Planned

#: Responses that are drawn at once.
DRAWN_AT_ONCE = 128
#: In a state: the policy before the round at hand, and what the rounds so far came to.
KEPT, COURSE = "kept.safetensors", "course.json"


@dataclass(frozen=True)
class Drawn:
    """A round's responses, one entry each."""

    step: int
    prompts: list[list[int]]
    responses: list[list[int]]
    ended: list[bool]
    readings: Readings
    advantages: list[float]
    metrics: dict[str, float]


class Rounds(Planned):
    """Stands before TRL's class: `_prepare_inputs` draws a round where one begins, and hands out its parts."""

    def __init__(self, folder: Folder, events: Events, done: int, *, stop: Stop, device: torch.device, **rest: Any) -> None:
        super().__init__(folder, events, done, [], **rest)
        assert folder.job.rollouts is not None
        self.rollouts: Rollouts = folder.job.rollouts
        self.stop = stop
        # A copy of the adapter, which TRL may ask for what the base says.
        if isinstance(self.model, PeftModel) and "ref" in self.model.peft_config:
            self.model.delete_adapter("ref")
        self.reward = open_reward(folder, events, stop, device)
        self.server = None if self.rollouts.server is None else RolloutServer(folder, self.rollouts, stop)
        self.frozen = self._frozen(device)
        self.drawn: Drawn | None = None
        self.norms: list[float] = []
        #: What learns, as it was when the last round inside the bounds was drawn.
        self.kept: dict[str, torch.Tensor] | None = None
        self.tokens = self.forward_tokens = 0
        self.current = torch.zeros(0)

    @property
    def loss_options(self) -> Grpo | Rloo:
        loss = self.folder.job.loss
        assert isinstance(loss, Grpo | Rloo)
        return loss

    def _frozen(self, device: torch.device) -> torch.nn.Module | None:
        """The reference, where an adapter's base is not it."""
        job = self.folder.job
        if job.reference is None and job.lora is not None:
            return None
        place = self.folder.initial if job.reference is None else self.folder.place(job.reference)
        model = load_plain(place, job, name="reference").to(device)
        model.requires_grad_(False)
        add_fused_lm_head(model)
        return model.eval()

    def get_train_dataloader(self) -> DataLoader:
        layout, job = self.folder.job.layout, self.folder.job
        return index_loader(self.done * layout.accumulate, job.steps * self.folder.updates * layout.accumulate)

    def _prepare_inputs(self, place: dict[str, int]) -> dict[str, Any]:
        layout = self.folder.job.layout
        update, micro = divmod(int(place["index"]), layout.accumulate)
        number, update = divmod(update, self.folder.updates)
        if self.drawn is None or self.drawn.step != number + 1:
            self.drawn = self.begin(number + 1)
        whole = self.folder.plan[number].updates[update]
        own = share_of(whole, layout, micro, 0)
        return self._batch(self.drawn, own or whole[:1], whole, weight=1.0 if own else 0.0)

    def _batch(self, drawn: Drawn, own: Sequence[int], whole: Sequence[int], *, weight: float) -> dict[str, Any]:
        """What TRL's loss reads, of some of an update's responses; `shares` are its parts of the update's means."""
        device, filler = self.accelerator.device, self.folder.job.model.padToken
        prompts, responses = [drawn.prompts[place] for place in own], [drawn.responses[place] for place in own]
        old = pad([drawn.readings.logprobs[place] for place in own], 0.0, torch.float32).to(device)
        mask = pad([[1] * len(one) for one in responses], 0, torch.long).to(device)
        # `num_items_in_batch`: what "token" is a mean over, before TRL takes its accumulated batches into account.
        tokens = sum(len(drawn.responses[place]) for place in whole)
        return {
            "prompt_ids": pad_left(prompts, filler).to(device),
            "prompt_mask": pad_left([[1] * len(one) for one in prompts], 0).to(device),
            "completion_ids": pad(responses, filler, torch.long).to(device),
            "completion_mask": mask,
            "advantages": torch.tensor([drawn.advantages[place] for place in own], device=device),
            "old_per_token_logps": old,
            "old_logps": (old * mask).sum(1),
            "ref_per_token_logps": pad([drawn.readings.reference[place] for place in own], 0.0, torch.float32).to(device),
            "num_items_in_batch": torch.tensor(float(tokens), device=device),
            "share": weight * len(own) / len(whole),
            "weight": weight,
            "tokens": tokens,
        }

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """TRL's loss of a part, as a part of the whole update's mean, so that parts add up."""
        share, weight, tokens = (inputs.pop(name) for name in ("share", "weight", "tokens"))
        loss = self._compute_loss(model, inputs) * self.scale_of(share, weight)
        if not torch.isfinite(loss):
            raise NotFinite(f"the loss of round {self.step_at_hand} is {float(loss)}")
        for name in ("loss", "loss/policy_avg"):
            self.collected[name] = self.collected[name] + loss.detach().double().cpu()
        for name, value in self._policy_metrics(inputs, share, weight / tokens).items():
            self.collected[name] = self.collected[name] + value.double().cpu()
        lengths = inputs["prompt_mask"].sum() + inputs["completion_mask"].sum() - len(inputs["prompt_mask"])
        self.tokens += int(lengths) if weight > 0 else 0
        return loss

    def scale_of(self, share: float, weight: float) -> float:
        raise NotImplementedError

    def _policy_metrics(self, inputs: dict[str, Any], share: float, per_token: float) -> dict[str, torch.Tensor]:
        """As Precept's own loop names them, of the loss that was just computed."""
        mask, loss = inputs["completion_mask"], self.loss_options
        ratio = (self.current - inputs["old_per_token_logps"]) * mask
        advantages = inputs["advantages"].unsqueeze(1)
        if isinstance(loss, Rloo):
            ratio, low, high = ratio.sum(1, keepdim=True), loss.clip, loss.clip
            weights = torch.full_like(ratio, share / len(mask))
        else:
            low, high = loss.clipLow, loss.clipHigh
            means = mask / mask.sum(1, keepdim=True) * (share / len(mask))
            weights = means if loss.normalisation == "response" else mask * per_token
        times = ratio.exp()
        free, held = times * advantages, times.clamp(1 - low, 1 + high) * advantages
        found = {
            "policy/approxkl_avg": (ratio.square() / 2),
            "policy/clipfrac_avg": (free > held).float(),
            "val/ratio": times,
        }
        if isinstance(loss, Grpo):
            back = (inputs["ref_per_token_logps"] - self.current) * mask
            found["loss/kl_avg"] = back.exp() - back - 1
        return {name: (weights * value).sum() for name, value in found.items()}

    def _get_per_token_logps_and_entropies(self, *args: Any, **rest: Any):
        found = super()._get_per_token_logps_and_entropies(*args, **rest)
        self.current = found[0].detach()
        return found

    def draw(self, prompts: list[list[int]]) -> list[list[int]]:
        """One response to each prompt, by TRL, without what follows the token that ends it."""
        raise NotImplementedError

    def begin(self, step: int) -> Drawn:
        """Draws, reads, scores and measures a round. Raises Broken where it leaves the bounds, Interrupted on request."""
        plan, rows, size = self.folder.plan[step - 1], self.folder.rows, self.rollouts.samples
        assert isinstance(plan, Round)
        prompts = [rows[place].prompt for place in plan.rows for _ in range(size)]
        if not all(bool(torch.isfinite(one).all()) for one in self.model.parameters()):
            raise NotFinite(f"the policy that would answer in round {step} has weights that are no numbers")
        responses = self._draw_all(prompts, plan.seed)
        ended = [one[-1] in self.rollouts.stopTokens for one in responses]
        readings = self._read(prompts, responses)
        file = f"rollouts/step-{step:04d}.jsonl"
        columns = zip([place for place in plan.rows for _ in range(size)], responses, ended, readings.logprobs, strict=True)
        lines = [{"row": row, "tokens": own, "ended": is_ended, "logprobs": logs} for row, own, is_ended, logs in columns]
        write_lines(self.folder.path / file, lines)
        scored = self._score(step, file, prompts, responses, ended)
        refuse_unusable(scored)
        self.events.tell("rollouts", step=step, file=file, scores=scored.scores, rewards=scored.rewards)
        coefficient = self.loss_options.klCoefficient
        monitored, metrics = measure(
            responses, ended, scored.rewards, readings, size=size, kl_coefficient=coefficient
        )
        # Drawn, then read by the policy and by the reference, and perhaps by a preference model.
        read = 3 * sum(map(len, [*prompts, *responses])) + scored.tokens
        self.tokens, self.forward_tokens = self.tokens + read, self.forward_tokens + read
        broken = broken_bound(monitored, self.rollouts.monitors)
        if broken is not None:
            raise Broken(broken, step, metrics)
        if self.is_bounded:
            self.kept = {name: one.detach().cpu().clone() for name, one in self._learning()}
        advantages = advantages_of(scored.rewards, readings, size, self.loss_options)
        return Drawn(step, prompts, responses, ended, readings, advantages, metrics)

    def _draw_all(self, prompts: list[list[int]], seed: int) -> list[list[int]]:
        if self.server is not None:
            self.server.load(self.model)
            return self.server.draw(prompts, seed)
        torch.manual_seed(seed)
        responses: list[list[int]] = []
        for start in range(0, len(prompts), DRAWN_AT_ONCE):
            if self.stop.is_asked():
                raise Interrupted
            responses += self.draw(prompts[start : start + DRAWN_AT_ONCE])
        return responses

    def _score(self, step: int, file: str, prompts: list[list[int]], responses: list[list[int]], ended: list[bool]) -> Scored:
        if isinstance(self.reward, Asked):
            return self.reward.score(step, file, len(responses))
        assert isinstance(self.reward, PreferenceModel)
        return self.reward.score(prompts, responses, ended)

    @property
    def is_bounded(self) -> bool:
        return any(bound is not None for bound in vars(self.rollouts.monitors).values())

    def _learning(self) -> list[tuple[str, torch.Tensor]]:
        return [(name, one) for name, one in self.model.named_parameters() if one.requires_grad]

    @torch.no_grad()
    def _read(self, prompts: list[list[int]], responses: list[list[int]]) -> Readings:
        found = Readings([], [], [])
        size, filler = self.folder.job.layout.rowsPerProcess, self.folder.job.model.padToken
        device = self.accelerator.device
        for start in range(0, len(prompts), size):
            before, after = prompts[start : start + size], responses[start : start + size]
            ids = torch.cat([pad_left(before, filler), pad(after, filler, torch.long)], 1).to(device)
            masks = [pad_left([[1] * len(one) for one in before], 0), pad([[1] * len(one) for one in after], 0, torch.long)]
            given = (ids, torch.cat(masks, 1).to(device), masks[1].size(1))
            own, entropies, *_ = self._get_per_token_logps_and_entropies(self.model, *given, compute_entropy=True)
            if self.frozen is not None:
                reference, *_ = self._get_per_token_logps_and_entropies(self.frozen, *given)
            else:
                with self.model.disable_adapter():
                    reference, *_ = self._get_per_token_logps_and_entropies(self.model, *given)
            for name, values in (("logprobs", own), ("entropies", entropies), ("reference", reference)):
                rows = values.float().cpu().tolist()
                getattr(found, name).extend(row[: len(one)] for row, one in zip(rows, after, strict=True))
        return found

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """A round's numbers, after its last optimizer step: means over these."""
        if "grad_norm" not in logs:
            return
        self._metrics["train"].clear()
        self.norms.append(float(logs["grad_norm"]))
        step, rest = divmod(self.state.global_step, self.folder.updates)
        if rest > 0 or self.drawn is None:
            return
        count = len(self.norms)
        metrics = {name: float(value) / count for name, value in self.collected.items()}
        metrics |= {
            "gradient_norm": sum(self.norms) / count,
            "lr": float(logs["learning_rate"]),
            "episode": float(step * len(self.drawn.responses)),
            "optimizer_steps": float(count),
        }
        self.collected.clear()
        self.norms.clear()
        metrics = {**self.drawn.metrics, **metrics}
        self.events.tell("step", step=step, tokens=self.tokens, forwardTokens=self.forward_tokens, metrics=metrics)

    def save_course(self, folder: Path) -> None:
        """What TRL does not save of a round's end."""
        if self.kept is not None:
            save_file(self.kept, folder / KEPT)
        course = {"tokens": self.tokens, "forwardTokens": self.forward_tokens}
        (folder / COURSE).write_text(json.dumps(course), "utf-8")

    def restore_course(self, folder: Path) -> None:
        course = json.loads((folder / COURSE).read_text("utf-8"))
        self.tokens, self.forward_tokens = course["tokens"], course["forwardTokens"]
        self.kept = load_file(folder / KEPT) if (folder / KEPT).exists() else None

    @torch.no_grad()
    def put_kept_back(self) -> None:
        """The last policy inside the bounds; before the first round the one that it started from."""
        for name, one in self._learning() if self.kept is not None else []:
            one.copy_(self.kept[name])


class PlannedGrpo(Rounds, GRPOTrainer):
    def scale_of(self, share, weight):
        # TRL divides by its accumulated batches; where the mean is over all tokens, by what `_batch` says.
        return weight if self.loss_type == "dapo" else share * self.current_gradient_accumulation_steps

    def _compute_loss(self, model, inputs):
        # As if the round were one accumulated window: `num_items_in_batch` is this update's, whatever TRL multiplies it by.
        parts = self.current_gradient_accumulation_steps / self.args.steps_per_generation
        return super()._compute_loss(model, {**inputs, "num_items_in_batch": inputs["num_items_in_batch"] / parts})

    def draw(self, prompts):
        return self._generate_single_turn(prompts, None, {}, self.num_generations)[0]


class PlannedRloo(Rounds, RLOOTrainer):
    def scale_of(self, share, weight):
        return share

    def draw(self, prompts):
        return self._generate_single_turn(prompts, None, {})


def pad_left(sequences: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    return pad([list(reversed(one)) for one in sequences], filler, torch.long).flip(1)
