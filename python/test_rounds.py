"""Tests of grpo and rloo in precept_job: what is computed from a round, who scores it, and what ends a job.

    python -m unittest test_rounds
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import LlamaForCausalLM, LlamaForSequenceClassification, TrainerCallback

from precept_job import contract, models
from precept_job.contract import Folder
from precept_job.events import Events, folder_hash
from precept_job.faults import InputInvalid
from precept_job.measures import Monitored, Readings, advantages_of, boilerplate_rate, broken_bound, measure
from precept_job.policy import make_policy_trainer
from precept_job.rewards import PreferenceModel
from precept_job.run import run
from precept_job.sampled import Bounds, Grpo, PreferenceReward, Rloo
from precept_job.server import ServerFailed, cut_at_end
from precept_job.stopping import Stop
from test_precept_job import END, JobFolder, job_of

GRPO = {"kind": "grpo", "normalisation": "response", "clipLow": 0.2, "clipHigh": 0.3, "klCoefficient": 0.04, "scaleRewards": True}
RLOO = {"kind": "rloo", "clip": 0.2, "klCoefficient": 0.5, "whitenAdvantages": False}
#: Of two groups of two: log pi and log pi_ref, summed 0, -1, -2, -3 and 0, -1, -1, -3.
READINGS = Readings([[0.0], [-1.0], [-1.0, -1.0], [-3.0]], [[1.0], [1.0], [1.0, 1.0], [1.0]], [[0.0], [-1.0], [-0.5, -0.5], [-3.0]])


class Measures(unittest.TestCase):
    def test_a_group_is_compared_with_itself(self) -> None:
        plain = Grpo(**{**GRPO, "scaleRewards": False})
        self.assertEqual(advantages_of([1.0, 3.0, 5.0, 5.0], READINGS, 2, plain), [-1.0, 1.0, 0.0, 0.0])
        scaled = advantages_of([1.0, 3.0, 5.0, 5.0], READINGS, 2, Grpo(**GRPO))
        self.assertAlmostEqual(scaled[1], 1 / (math.sqrt(2) + 1e-4))
        self.assertEqual(scaled[2:], [0.0, 0.0])

    def test_leaves_one_out_after_the_kl(self) -> None:
        # The third response has a KL of -1, so a reward of 5 + 0.5.
        self.assertEqual(advantages_of([1.0, 3.0, 5.0, 5.0], READINGS, 2, Rloo(**RLOO)), [-2.0, 2.0, 0.5, -0.5])
        white = advantages_of([1.0, 3.0, 5.0, 5.0], READINGS, 2, Rloo(**{**RLOO, "whitenAdvantages": True}))
        self.assertAlmostEqual(sum(one * one for one in white) / 4, 1, places=6)

    def test_means_of_a_round(self) -> None:
        monitored, metrics = measure(
            [[1], [2], [3, END], [4]], [False, False, True, False], [1.0, 3.0, 5.0, 5.0], READINGS, size=2, kl_coefficient=0.5
        )
        self.assertEqual((monitored.klNats, monitored.score, monitored.length), (-0.25, 3.5, 1.25))
        self.assertEqual((monitored.referenceLogprob, monitored.entropyNats), (-1.0, 1.0))
        self.assertEqual((metrics["objective/rlhf_reward"], metrics["frac_reward_zero_std"]), (3.625, 0.5))
        self.assertEqual((metrics["completions/clipped_ratio"], metrics["val/num_eos_tokens"]), (0.75, 1.0))

    def test_a_phrase_that_many_responses_carry(self) -> None:
        phrase = [1, 2, 3, 4, 5, 6]
        self.assertEqual(boilerplate_rate([phrase, [9, *phrase], [1, 2, 3], [*phrase, *phrase]]), 0.75)
        self.assertEqual(boilerplate_rate([[1, 2], []]), 0.0)

    def test_the_first_bound_that_broke_in_words(self) -> None:
        round_ = Monitored(klNats=2.5, score=1, length=4, boilerplateRate=0, referenceLogprob=-1, entropyNats=0.5)
        self.assertIsNone(broken_bound(round_, Bounds(maxKlNats=2.5, minEntropyNats=0.5)))
        self.assertEqual(
            broken_bound(round_, Bounds(maxKlNats=2, minEntropyNats=1)), "KL from the reference (nats) 2.500 is above its bound 2"
        )
        self.assertEqual(broken_bound(round_, Bounds(minLength=5)), "response length (tokens) 4.000 is below its bound 5")


class RoundFolder(JobFolder):
    def job(self, objective: str = "rloo", *, asked: bool = False, monitors: dict[str, float] | None = None, **changes: Any):
        reward = {"kind": "preference-model", "name": "x", "place": "scorer", "meanScore": 0.5, "closing": [END]}
        rollouts = {
            "samples": 2,
            "maxTokens": 4,
            "temperature": 1.0,
            "stopTokens": [END],
            "reward": {"kind": "asked", "name": "x"} if asked else reward,
            "monitors": monitors or {},
        }
        loss = GRPO if objective == "grpo" else RLOO
        own = {"objective": objective, "loss": loss, "rollouts": rollouts, "steps": 3, "stateEvery": 1}
        return {**job_of(), **own, **changes}

    def folder(self, job: dict[str, Any]) -> Path:
        path = self.write(job_of())
        (path / "job.json").write_text(json.dumps(job))
        (path / "rows.jsonl").write_text("".join(json.dumps({"id": f"q{i}", "prompt": [1, 2 + i]}) + "\n" for i in range(4)))
        torch.manual_seed(1)
        scorer = LlamaForSequenceClassification.from_pretrained(path / "model", num_labels=1)
        scorer.save_pretrained(path / "scorer")
        rounds = [
            {"step": i + 1, "rows": [i % 4, (i + 1) % 4, (i + 2) % 4], "seed": i, "updates": [[0, 3, 1], [2, 5, 4]], "rate": 1e-2}
            for i in range(job["steps"] + 1)
        ]
        rounds[-1]["updates"] = []
        (path / "plan.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rounds))
        return path

    def result(self, path: Path) -> dict[str, Any]:
        return json.loads((path / "result.json").read_text())


class Rounds(RoundFolder):
    def test_refuses_what_is_no_such_job(self) -> None:
        for changes, words in (
            ({"objective": "ppo"}, "'ppo', none of"),
            ({"rollouts": None}, "does not know|rollouts"),
            ({"loss": {**GRPO, "kind": "cross-entropy"}}, "does not know"),
            ({"layout": {"processes": 2, "strategy": "ddp", "rowsPerProcess": 3, "accumulate": 1}}, "one process"),
            ({"layout": {"processes": 1, "strategy": "single", "rowsPerProcess": 2, "accumulate": 1}}, "room for 2"),
        ):
            with self.assertRaisesRegex(InputInvalid, words):
                contract.read_folder(self.folder({**self.job(), **changes}))

    def test_every_default_of_trl_is_overruled(self) -> None:
        for objective in ("grpo", "rloo"):
            folder = contract.read_folder(self.folder(self.job(objective)))
            trainer = make_policy_trainer(
                models.load_plain(folder.initial, folder.job),
                folder,
                Events(folder.path, 9, writes=False),
                done=0,
                device=torch.device("cpu"),
                callback=TrainerCallback(),
                stop=Stop(folder.path),
            )
            args = trainer.args
            self.assertFalse(args.bf16 or args.gradient_checkpointing or args.use_vllm or args.remove_unused_columns)
            self.assertEqual((args.num_generations, args.max_completion_length, args.max_steps), (2, 4, 6))
            self.assertEqual((args.epsilon, args.epsilon_high), (0.2, 0.3 if objective == "grpo" else 0.2))
            self.assertEqual(trainer.beta, 0.04 if objective == "grpo" else 0.5)
            self.assertEqual((args.temperature, args.top_p, args.top_k, args.repetition_penalty), (1.0, 1.0, 0, 1.0))
            self.assertIsNone(trainer.ref_model)
            if objective == "grpo":
                self.assertEqual((args.loss_type, args.scale_rewards, args.use_bias_correction_kl), ("grpo", "group", False))

    def test_a_score_is_read_on_its_own_token_whatever_fills_up(self) -> None:
        scores = []
        for pad in (0, END):
            job = self.job()
            job["model"]["padToken"] = pad
            folder: Folder = contract.read_folder(self.folder(job))
            reward = PreferenceReward("preference-model", "x", "scorer", 0.5, [END])
            model = PreferenceModel(folder, reward, torch.device("cpu"))
            scored = model.score([[1, 2], [1, 2, 3]], [[4, END], [5, 6]], [True, False])
            scores.append(scored.scores)
            self.assertEqual(scored.rewards, [one - 0.5 for one in scored.scores])
        self.assertEqual(scores[0], scores[1])
        plain = LlamaForSequenceClassification.from_pretrained(folder.path / "scorer", num_labels=1)
        whole = plain.model(input_ids=torch.tensor([[1, 2, 3, 5, 6, END]])).last_hidden_state[0, -1]
        self.assertAlmostEqual(float(plain.score(whole)), scores[0][1], places=5)

    def test_a_round_is_told_and_a_finished_job_is_not_started_again(self) -> None:
        path = self.folder(self.job("grpo"))
        self.assertEqual(run(path, 1, False), 0)
        steps = self.events(path, "step")
        self.assertEqual([event["step"] for event in steps], [1, 2, 3])
        self.assertEqual([event["step"] for event in self.events(path, "rollouts")], [1, 2, 3, 4])
        self.assertEqual([event["metrics"]["optimizer_steps"] for event in steps], [2, 2, 2])
        lines = [json.loads(line) for line in (path / "rollouts" / "step-0001.jsonl").read_text().splitlines()]
        self.assertEqual([line["row"] for line in lines], [0, 0, 1, 1, 2, 2])
        result = self.result(path)
        self.assertEqual((result["steps"], result["tokens"] > result["forwardTokens"] > 0), (3, True))
        self.assertIn("final/objective/kl", result["metrics"])
        before = folder_hash(path / "checkpoint")
        self.assertEqual(run(path, 2, False), 0)
        self.assertFalse((path / "events-2.jsonl").exists())
        self.assertEqual(folder_hash(path / "checkpoint"), before)

    def test_goes_on_from_its_last_state_to_the_same_bytes(self) -> None:
        monitors = {"maxKlNats": 99.0}
        whole, broken = (self.folder(self.job(monitors=monitors)) for _ in range(2))
        run(whole, 1, False)
        drawn = PreferenceModel.score
        calls = []

        def score(*arguments: Any):
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return drawn(*arguments)

        with patch.object(PreferenceModel, "score", score), self.assertRaises(KeyboardInterrupt):
            run(broken, 1, False)
        self.assertEqual(run(broken, 2, False), 0)
        self.assertEqual(self.events(broken, "rewind", 2)[0]["to"], 2)
        self.assertEqual(folder_hash(whole / "checkpoint"), folder_hash(broken / "checkpoint"))
        self.assertEqual(self.result(whole), self.result(broken))

    def test_a_bound_that_breaks_leaves_the_policy_before_it(self) -> None:
        path = self.folder(self.job(monitors={"minLength": 99.0}))
        self.assertEqual(run(path, 1, False), 0)
        result = self.result(path)
        self.assertEqual((result["steps"], result["stopped"]["step"]), (0, 1))
        self.assertIn("is below its bound 99", result["stopped"]["reason"])
        self.assertEqual(self.events(path, "stopped")[0]["reason"], result["stopped"]["reason"])
        before, after = (load_file(path / name / "model.safetensors") for name in ("model", "checkpoint"))
        for name, tensor in after.items():
            self.assertTrue(torch.equal(tensor, before[name]), name)

    def test_asks_for_rewards_and_refuses_what_is_no_answer(self) -> None:
        path = self.folder(self.job(asked=True, steps=1))
        self.assertEqual(self.answer(path, lambda step: {"step": step, "scores": [1.0] * 6, "rewards": [0.0] * 6}), 0)
        self.assertEqual([event["step"] for event in self.events(path, "reward-request")], [1, 2])
        self.assertEqual(self.events(path, "rollouts")[0]["scores"], [1.0] * 6)
        for answer, words in (({"scores": []}, "no line of step"), ({"step": 1, "scores": [1.0], "rewards": [1.0]}, "1 rewards for 6")):
            path = self.folder(self.job(asked=True, steps=1))
            self.assertEqual(self.answer(path, lambda _, own=answer: own), 1)
            self.assertIn(words, self.events(path, "failed")[0]["message"])
        path = self.folder(self.job(asked=True, steps=1))
        answer = {"step": 1, "scores": [1.0] * 6, "rewards": [math.nan] * 6}
        self.assertEqual(self.answer(path, lambda _: answer), 1)
        self.assertEqual(self.events(path, "failed")[0]["code"], "not-finite")

    def answer(self, path: Path, answer_of: Any) -> int:
        """Runs a job whose standard input answers every request."""
        read, write = os.pipe()
        told = Events.tell

        def tell(events: Events, kind: str, **fields: Any) -> None:
            told(events, kind, **fields)
            if kind == "reward-request":
                os.write(write, (json.dumps(answer_of(fields["step"])) + "\n").encode())

        def read_to_end(stop: Stop) -> None:
            stop.read_lines(read)

        with patch.object(Events, "tell", tell), patch.object(Stop, "_read_to_end", read_to_end):
            code = run(path, 1, True)
        os.close(write)
        return code

    def test_whoever_asked_and_is_gone_gets_a_state_and_an_end(self) -> None:
        path = self.folder(self.job(asked=True))
        (path / "cancel").touch()
        self.assertEqual(run(path, 1, False), 130)
        self.assertEqual(self.events(path, "stopped")[0]["step"], 0)

    def test_weights_that_are_no_numbers_end_the_job_before_they_answer(self) -> None:
        path = self.folder(self.job())
        weights = load_file(path / "model" / "model.safetensors")
        weights["model.norm.weight"][:] = float("nan")
        save_file(weights, path / "model" / "model.safetensors", {"format": "pt"})
        self.assertEqual(run(path, 1, False), 1)
        self.assertEqual(self.events(path, "failed")[0]["code"], "not-finite")

    def test_a_preference_model_without_its_head_is_refused(self) -> None:
        path = self.folder(self.job())
        LlamaForCausalLM.from_pretrained(path / "model").save_pretrained(path / "scorer")
        self.assertEqual(run(path, 1, False), 1)
        self.assertIn("preference model does not fit", self.events(path, "failed")[0]["message"])


class StandIn(BaseHTTPRequestHandler):
    """Goes on behind the token that ends a response, as a server with an end of its own does."""

    asked: list[tuple[str, dict[str, Any], str | None]] = []
    status, waits = 200, 0.0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append((self.path, body, self.headers["authorization"]))
        time.sleep(self.waits)
        # Each seed another response, so that there is something to learn.
        drawn = {"token_ids": [4 + body.get("seed", 0) % 3, 5, END, 6], "finish_reason": "length"}
        answer = {"choices": [drawn]} if self.status == 200 else {"error": "no /srv/key"}
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        pass


class Served(RoundFolder):
    def served(self, **settings: Any) -> Path:
        """A job whose responses a server draws that answers so."""
        handler = type("Own", (StandIn,), {"asked": [], **settings})
        self.handler: Any = handler
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        job = self.job(lora={"rank": 2, "alpha": 4, "dropout": 0, "targets": ["q_proj"], "rslora": False})
        job["rollouts"]["server"] = {"address": f"http://127.0.0.1:{server.server_port}", "adapter": "precept-x"}
        path = self.folder(job)
        base = LlamaForCausalLM.from_pretrained(path / "model")
        get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj"])).save_pretrained(path / "initial-adapter")
        return path

    def test_a_response_ends_at_the_first_of_its_ends(self) -> None:
        path = self.served()
        with patch.dict(os.environ, {"VLLM_API_KEY": "own"}):
            self.assertEqual(run(path, 1, False), 0)
        (line, *_) = [json.loads(line) for line in (path / "rollouts" / "step-0001.jsonl").read_text().splitlines()]
        self.assertEqual((line["tokens"][1:], line["ended"]), ([5, END], True))
        self.assertEqual({key for _, _, key in self.handler.asked}, {"Bearer own"})
        drawn = [body for path, body, _ in self.handler.asked if path == "/v1/completions"]
        self.assertEqual(drawn[0]["stop_token_ids"], [END])

    def test_what_a_server_keeps_of_a_round_is_of_that_round_alone(self) -> None:
        self.assertEqual(run(self.served(), 1, False), 0)
        salts: list[str | None] = []
        for path, body, _ in self.handler.asked:
            salts = [*salts, None] if path == "/v1/load_lora_adapter" else [*salts[:-1], body["cache_salt"]]
        self.assertEqual((len(salts), len(set(salts))), (4, 4))

    def test_nobody_guesses_why_a_response_ended(self) -> None:
        self.assertEqual(cut_at_end([4, 5], [END], False), [4, 5])
        for tokens in ([4, 5], []):
            with self.assertRaisesRegex(ServerFailed, "without any of the tokens"):
                cut_at_end(tokens, [END], True)

    def test_a_refusal_names_no_place(self) -> None:
        path = self.served(status=401)
        self.assertEqual(run(path, 1, False), 1)
        message = self.events(path, "failed")[0]["message"]
        self.assertIn("401", message)
        self.assertIn("VLLM_API_KEY", message)
        self.assertNotIn("/srv", message)

    def test_an_end_that_is_asked_for_waits_for_no_answer(self) -> None:
        path = self.served(waits=20.0)
        threading.Timer(1.0, (path / "cancel").touch).start()
        started = time.monotonic()
        self.assertEqual(run(path, 1, False), 130)
        self.assertLess(time.monotonic() - started, 15)
        self.assertEqual(self.events(path, "stopped")[0]["step"], 0)


if __name__ == "__main__":
    unittest.main()
