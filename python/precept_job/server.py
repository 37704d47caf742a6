"""Responses by a server that speaks vLLM's protocol, with the adapter as it is now: token ids in, token ids out."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import torch

from .contract import Folder
from .faults import Interrupted, JobFailure
from .models import save_learned
from .sampled import Rollouts
from .stopping import Stop

#: Requests in flight, and seconds that one may take.
AT_ONCE, PATIENCE = 32, 600
#: Seconds before each further try of a server that does not answer, or fails.
PAUSES = (1, 3, 9, 27)


class ServerFailed(JobFailure):
    pass


class RolloutServer:
    def __init__(self, folder: Folder, rollouts: Rollouts, stop: Stop) -> None:
        assert rollouts.server is not None
        self._folder, self._rollouts, self._server, self._stop = folder, rollouts, rollouts.server, stop

    def load(self, model: torch.nn.Module) -> None:
        """Puts the adapter where the server reads it, under the same name each round."""
        place = self._folder.path / "served-adapter"
        save_learned(model, self._folder, place)
        self._post("load_lora_adapter", {"lora_name": self._server.adapter, "lora_path": str(place), "load_inplace": True})

    def draw(self, prompts: list[list[int]], seed: int) -> list[list[int]]:
        """One response to each prompt, each with a seed of its own, so that none depends on the others."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._draw_one, prompts, range(seed, seed + len(prompts))))

    def _draw_one(self, prompt: list[int], seed: int) -> list[int]:
        answer = self._post(
            "completions",
            {
                "model": self._server.adapter,
                "prompt": prompt,
                "max_tokens": self._rollouts.maxTokens,
                "temperature": self._rollouts.temperature,
                "top_p": 1,
                "top_k": -1,
                "repetition_penalty": 1,
                "seed": seed % 2**31,
                "logprobs": 0,
                "return_tokens_as_token_ids": True,
            },
        )
        try:
            (choice,) = json.loads(answer)["choices"]
            tokens = [int(name.removeprefix("token_id:")) for name in choice["logprobs"]["tokens"]]
            is_ended = choice["finish_reason"] == "stop"
        except (ValueError, KeyError, TypeError):
            raise ServerFailed("the rollout server answers without token ids") from None
        ends = self._rollouts.stopTokens
        # A server may keep the token that ended a response to itself.
        return [*tokens, ends[0]] if is_ended and (not tokens or tokens[-1] not in ends) else tokens or ends[:1]

    def _post(self, path: str, body: dict[str, Any]) -> str:
        request = urllib.request.Request(
            f"{self._server.address}/v1/{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        problem = ""
        for pause in (*PAUSES, None):
            if self._stop.is_asked():
                raise Interrupted
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError as error:
                problem = f"answers {path} with {error.code}: {error.read(300).decode(errors='replace')}"
                if error.code < 500 and error.code != 429:
                    break
            except OSError as error:
                problem = f"does not answer {path} ({type(error).__name__})"
            if pause is not None:
                sleep(pause)
        raise ServerFailed(f"the rollout server {problem}")
