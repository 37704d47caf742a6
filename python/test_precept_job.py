"""Tests of precept_job that need no other engine: the contract, and every trap of TRL 1.16 that it steps around.

    python -m unittest test_precept_job
"""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM, TrainerCallback

from precept_job import contract, models
from precept_job.batches import PlannedBatches, planned_loader, share_of
from precept_job.contract import Dpo, Layout, Step
from precept_job.events import Events, folder_hash
from precept_job.faults import InputInvalid, code_of, message_of
from precept_job.losses import agrees, dpo_loss, soft_preference
from precept_job.run import _last_state, run
from precept_job.stopping import Stop, hold_alone
from precept_job.trainers import make_trainer

TOKENS = 12
END = 11
ROWS: list[dict[str, Any]] = [
    {"id": f"r{i}", "tokens": [1, 2 + i % 7, 3 + i % 5, 4, END][: 3 + i % 3], "weights": [0, 0, 1, 1, 1][: 3 + i % 3]}
    for i in range(12)
]
PAIRS: list[dict[str, Any]] = [
    {
        "id": f"p{i}",
        "first": [1, 2, 3 + i % 5, END],
        "second": [1, 2, 4 + i % 6, 5, END],
        "starts": [2, 2],
        "label": [0.0, 0.3, 0.5, 1.0][i % 4],
        "weight": 1.0 + i % 2,
    }
    for i in range(12)
]


def job_of(objective: str = "sft", **changes: Any) -> dict[str, Any]:
    losses = {
        "sft": {"kind": "cross-entropy"},
        "preference-model": {"kind": "bradley-terry-soft"},
        "dpo": {"kind": "dpo", "variant": "sigmoid", "beta": 0.1, "labelSmoothing": 0, "nllWeight": 0},
    }
    return {
        "contract": 1,
        "objective": objective,
        "fingerprint": "f" * 64,
        "initial": "model",
        "seed": 1,
        "model": {
            "dtype": "float32",
            "device": "cpu",
            "padToken": 0,
            "endToken": END,
            "head": "zero" if objective == "preference-model" else "none",
        },
        "optimizer": {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0, "clipNorm": 1},
        "steps": 4,
        "stateEvery": 2,
        "loss": losses[objective],
        "layout": {"processes": 1, "strategy": "single", "rowsPerProcess": 3, "accumulate": 1},
        "backend": {"kind": "python"},
        **changes,
    }


class JobFolder(unittest.TestCase):
    """A temporary job folder over a tiny random model."""

    model: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.model = Path(tempfile.mkdtemp())
        torch.manual_seed(0)
        config = LlamaConfig(
            vocab_size=TOKENS,
            hidden_size=8,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=16,
            attention_dropout=0.5,
            pad_token_id=2,
            eos_token_id=END,
        )
        LlamaForCausalLM(config).save_pretrained(cls.model)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.model)

    def write(self, job: dict[str, Any], rows: list[dict[str, Any]] | None = None) -> Path:
        path = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, path)
        shutil.copytree(self.model, path / "model")
        rows = rows if rows is not None else (ROWS if job["objective"] == "sft" else PAIRS)
        weigh = (lambda row: sum(row["weights"][1:])) if job["objective"] == "sft" else (lambda row: row["weight"])
        plan = []
        for step in range(job["steps"]):
            own = [(3 * step + k) % len(rows) for k in range(3)]
            decided = sum(rows[place]["weight"] for place in own if rows[place].get("label", 0.5) != 0.5)
            weight = sum(weigh(rows[place]) for place in own)
            rate = [1e-2, 2e-2, 3e-2, 1e-3][step % 4]
            plan.append(
                {"step": step + 1, "rows": own, "weight": weight, "decided": decided, "rate": rate, "tokens": 9 * (step + 1)}
            )
        for name, lines in (("plan", plan), ("rows", rows)):
            (path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (path / "job.json").write_text(json.dumps(job))
        return path

    def events(self, path: Path, kind: str, attempt: int = 1) -> list[dict[str, Any]]:
        lines = (path / f"events-{attempt}.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["type"] == kind]


class Contract(JobFolder):
    def refused(self, job: dict[str, Any], words: str, rows: list[dict[str, Any]] | None = None) -> None:
        with self.assertRaisesRegex(InputInvalid, words):
            contract.read_folder(self.write(job, rows))

    def test_reads_what_is_right(self) -> None:
        folder = contract.read_folder(self.write(job_of("dpo")))
        self.assertEqual(folder.job.optimizer.weightDecay, 0.0)
        self.assertIsInstance(folder.job.loss, Dpo)

    def test_refuses_another_contract_before_all_else(self) -> None:
        self.refused({"contract": 2, "objective": "sft", "steps": 1}, "contract 2")

    def test_refuses_fields_too_many_and_too_few_and_of_another_kind(self) -> None:
        self.refused(job_of(more=1), "does not know: more")
        self.refused(job_of(backend={"kind": "python", "resources": {}}), "resources")
        self.refused(job_of(seed="1"), "job.json.seed is str, not int")
        self.refused(job_of(seed=True), "job.json.seed is bool, not int")
        self.refused(job_of(loss={"kind": "ipo"}), "'ipo'")
        self.refused(job_of(loss={"kind": "bradley-terry-soft"}), "loss of sft")
        lacking = job_of()
        del lacking["model"]["dtype"]
        self.refused(lacking, "lacks dtype")

    def test_refuses_rows_that_do_not_fit(self) -> None:
        self.refused(job_of(), "tokens and", [{**ROWS[0], "weights": [1]}])
        self.refused(job_of("dpo"), "no probability", [{**PAIRS[0], "label": 2}, *PAIRS])
        self.refused(job_of(layout={"processes": 1, "strategy": "single", "rowsPerProcess": 1, "accumulate": 2}), "room for 2")

    def test_says_no_path(self) -> None:
        message = message_of(ValueError("cannot read /home/me/secret/model.bin today"))
        self.assertNotIn("secret", message)
        self.assertEqual(code_of(MemoryError()), "out-of-memory")
        self.assertEqual(code_of(OSError(28, "No space left on device")), "storage")


class Losses(unittest.TestCase):
    def test_of_pairs_agree_with_a_case_computed_by_hand(self) -> None:
        difference, label = torch.tensor([0.0, 2.0]), torch.tensor([0.3, 1.0])
        self.assertTrue(torch.allclose(soft_preference(difference, label), torch.tensor([0.693147, 0.126928]), atol=1e-6))
        options = Dpo("dpo", "ipo", 0.5, 0.0, 0.0)
        # (2 - 1)^2 where the first is better; 0.3 * 1 + 0.7 * 1 at no difference.
        self.assertEqual(dpo_loss(difference, label, options).tolist(), [1.0, 1.0])
        self.assertEqual(agrees(torch.tensor([1.0, -1.0, 1.0]), torch.tensor([0.9, 0.9, 0.5])).tolist(), [1.0, 0.0, 0.0])

    def test_robust_smoothing_divides_the_bias_of_flipped_labels_out(self) -> None:
        difference, label, e = torch.tensor([1.5]), torch.tensor([1.0]), 0.2
        robust = Dpo("dpo", "robust", 1.0, e, 0.0)
        flipped = (1 - e) * dpo_loss(difference, label, robust) + e * dpo_loss(difference, 1 - label, robust)
        self.assertAlmostEqual(float(flipped), float(soft_preference(difference, label)), places=6)


class Batches(JobFolder):
    def test_deal_every_row_once(self) -> None:
        layout = Layout(processes=2, strategy="ddp", rowsPerProcess=2, accumulate=2)
        step = Step(step=1, rows=[5, 4, 3, 2, 1], weight=1.0, decided=0.0, rate=1.0, tokens=1)
        dealt = [share_of(step.rows, layout, micro, rank) for micro in (0, 1) for rank in (0, 1)]
        self.assertEqual(dealt, [[5, 4], [3, 2], [1], []])

    def test_give_a_process_without_rows_one_that_weighs_nothing(self) -> None:
        layout = {"processes": 2, "strategy": "ddp", "rowsPerProcess": 3, "accumulate": 1}
        folder = contract.read_folder(self.write(job_of("dpo", layout=layout)))
        self.assertEqual(PlannedBatches(folder, 1)[0]["weight"].tolist(), [0.0])

    def test_begin_after_what_is_done_and_draw_nothing(self) -> None:
        folder = contract.read_folder(self.write(job_of()))
        before = torch.get_rng_state()
        loader = planned_loader(folder, 0, 2)
        places = [batch["places"].tolist() for batch in loader]
        self.assertEqual(places, [[6, 7, 8], [9, 10, 11]])
        self.assertEqual(len(loader), 4)
        self.assertTrue(torch.equal(before, torch.get_rng_state()))


class Alone(JobFolder):
    def test_a_second_process_waits_for_the_first_and_leaves_when_it_is_asked_to(self) -> None:
        path = self.write(job_of())
        stop = Stop(path)
        first = hold_alone(path, stop)
        assert first is not None
        (path / "cancel").touch()
        self.assertIsNone(hold_alone(path, stop))
        (path / "cancel").unlink()
        waiting = threading.Timer(0.2, first.close)
        waiting.start()
        second = hold_alone(path, stop)
        assert second is not None
        second.close()
        waiting.join()

    def test_a_state_of_another_job_or_one_cut_short_is_none(self) -> None:
        folder = contract.read_folder(self.write(job_of()))
        for name, mark in (("checkpoint-1", "f" * 64), ("checkpoint-2", "e" * 64), ("checkpoint-3", None)):
            state = folder.path / "states" / name
            state.mkdir(parents=True)
            if mark is not None:
                (state / "whole").write_text(mark)
        self.assertEqual(_last_state(folder)[1], 1)
        self.assertEqual([state.name for state in (folder.path / "states").iterdir()], ["checkpoint-1"])


class Traps(JobFolder):
    def test_every_default_of_trl_is_overruled(self) -> None:
        for objective in ("sft", "preference-model", "dpo"):
            folder = contract.read_folder(self.write(job_of(objective)))
            model = models.load_plain(folder.initial, folder.job)
            trainer = make_trainer(
                model,
                folder,
                Events(folder.path, 9, writes=False),
                done=0,
                device=torch.device("cpu"),
                callback=TrainerCallback(),
                references=[[0.0, 0.0]] * len(folder.rows),
            )
            args = trainer.args
            self.assertFalse(args.bf16 or args.fp16 or args.gradient_checkpointing)
            self.assertIsNone(args.max_length)
            self.assertEqual((args.adam_beta2, args.max_steps, args.per_device_train_batch_size), (0.95, 4, 3))
            self.assertFalse(args.remove_unused_columns)

    def test_the_first_rate_is_the_plans_and_so_is_the_last(self) -> None:
        path = self.write(job_of())
        self.assertEqual(run(path, 1, False), 0)
        rates = [event["metrics"]["learning_rate"] for event in self.events(path, "step")]
        self.assertEqual(rates, [1e-2, 2e-2, 3e-2, 1e-3])

    def test_a_finished_job_is_not_started_again(self) -> None:
        path = self.write(job_of())
        run(path, 1, False)
        before = folder_hash(path / "checkpoint")
        self.assertEqual(run(path, 2, False), 0)
        self.assertFalse((path / "events-2.jsonl").exists())
        self.assertEqual(folder_hash(path / "checkpoint"), before)

    def test_accumulated_parts_are_one_step_and_no_mean_of_means(self) -> None:
        curves = []
        for rows, parts in ((3, 1), (1, 3)):
            layout = {"processes": 1, "strategy": "single", "rowsPerProcess": rows, "accumulate": parts}
            path = self.write(job_of("dpo", layout=layout))
            run(path, 1, False)
            curves.append([event["metrics"] for event in self.events(path, "step")])
        for one, other in zip(*curves, strict=True):
            for name, value in one.items():
                self.assertAlmostEqual(value, other[name], places=5, msg=name)

    def test_the_pad_token_may_not_end_a_preference_models_response(self) -> None:
        job = job_of("preference-model")
        job["model"]["padToken"] = END
        path = self.write(job)
        self.assertEqual(run(path, 1, False), 1)
        (failed,) = self.events(path, "failed")
        self.assertEqual(failed["code"], "input-invalid")

    def test_a_preference_model_names_the_pad_token_it_was_trained_with(self) -> None:
        path = self.write(job_of("preference-model"))
        run(path, 1, False)
        config = json.loads((path / "checkpoint" / "config.json").read_text())
        self.assertEqual((config["pad_token_id"], config["architectures"]), (0, ["LlamaForSequenceClassification"]))
        self.assertIn("score.weight", load_file(path / "checkpoint" / "model.safetensors"))

    def test_a_policy_keeps_the_tokens_of_its_initial_model(self) -> None:
        path = self.write(job_of())
        run(path, 1, False)
        config = json.loads((path / "checkpoint" / "config.json").read_text())
        self.assertEqual((config["pad_token_id"], config["eos_token_id"]), (2, END))

    def test_the_padding_row_of_the_embedding_learns_and_nothing_is_dropped(self) -> None:
        folder = contract.read_folder(self.write(job_of()))
        model = models.load_plain(folder.initial, folder.job)
        self.assertIsNone(model.get_input_embeddings().padding_idx)
        self.assertTrue(all(getattr(module, "attention_dropout", 0) == 0 for module in model.modules()))

    def test_an_adapter_that_does_not_fit_its_base_is_refused(self) -> None:
        lora = {"rank": 2, "alpha": 4, "dropout": 0, "targets": ["q_proj"], "rslora": False}
        path = self.write(job_of(lora=lora))
        other = LlamaForCausalLM(LlamaConfig(vocab_size=TOKENS, hidden_size=16, num_hidden_layers=1, num_attention_heads=2))
        get_peft_model(other, LoraConfig(r=2, target_modules=["q_proj"])).save_pretrained(path / "initial-adapter")
        self.assertEqual(run(path, 1, False), 1)
        self.assertIn("does not fit its base", self.events(path, "failed")[0]["message"])

    def test_a_loss_that_is_no_number_and_one_that_is_too_great_end_the_job(self) -> None:
        path = self.write(job_of(maxLoss=1e-6))
        self.assertEqual(run(path, 1, False), 1)
        self.assertEqual(self.events(path, "failed")[0]["code"], "diverged")
        path = self.write(job_of())
        weights = load_file(path / "model" / "model.safetensors")
        weights["model.norm.weight"][:] = float("nan")
        from safetensors.torch import save_file

        save_file(weights, path / "model" / "model.safetensors", {"format": "pt"})
        self.assertEqual(run(path, 1, False), 1)
        self.assertEqual(self.events(path, "failed")[0]["code"], "not-finite")

    def test_the_cancel_file_saves_and_the_job_goes_on_to_the_same_bytes(self) -> None:
        whole, broken = self.write(job_of(seed=5)), self.write(job_of(seed=5))
        run(whole, 1, False)
        (broken / "cancel").touch()
        self.assertEqual(run(broken, 1, False), 130)
        self.assertEqual([event["step"] for event in self.events(broken, "state")], [1])
        (broken / "cancel").unlink()
        self.assertEqual(run(broken, 2, False), 0)
        self.assertEqual(self.events(broken, "rewind", 2)[0]["to"], 1)
        self.assertEqual(folder_hash(whole / "checkpoint"), folder_hash(broken / "checkpoint"))
        self.assertEqual(self.events(whole, "step")[1:][0]["metrics"], self.events(broken, "step", 2)[0]["metrics"])


if __name__ == "__main__":
    unittest.main()
