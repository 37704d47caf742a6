"""Responses by a server that speaks vLLM's protocol, with the adapter as it is now: token ids in, token ids out."""

from __future__ import annotations

import json
import os
import select
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import torch

from .contract import Folder
from .events import folder_hash
from .faults import JobFailure, without_paths
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
        self._weights = ""

    def load(self, model: torch.nn.Module) -> None:
        """Puts the adapter where the server reads it, under the same name each round."""
        place = self._folder.path / "served-adapter"
        save_learned(model, self._folder, place)
        self._weights = folder_hash(place)
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
                "stop_token_ids": self._rollouts.stopTokens,
                "return_token_ids": True,
                # vLLM keeps a prompt's keys and values by the adapter's name, which other weights had before.
                "cache_salt": self._weights,
            },
        )
        try:
            (choice,) = json.loads(answer)["choices"]
            tokens = [int(token) for token in choice["token_ids"]]
            is_stopped = choice["finish_reason"] == "stop"
        except (ValueError, KeyError, TypeError):
            raise ServerFailed("the rollout server answers without token ids") from None
        return cut_at_end(tokens, self._rollouts.stopTokens, is_stopped)

    def _post(self, path: str, body: dict[str, Any]) -> str:
        problem = ""
        for pause in (0, *PAUSES):
            self._stop.pause(pause)
            try:
                status, answer = self._ask(path, json.dumps(body).encode())
            except (OSError, HTTPException) as error:
                problem = f"does not answer {path} ({type(error).__name__})"
                continue
            if status == 200:
                return answer
            problem = f"answers {path} with {status}: {without_paths(answer)[:300]}"
            if status in (401, 403):
                problem += "; a key of its own goes into VLLM_API_KEY"
            if status < 500 and status != 429:
                break
        raise ServerFailed(f"the rollout server {problem}")

    def _ask(self, path: str, body: bytes) -> tuple[int, str]:
        """Raises Interrupted where somebody asks for an end before the answer comes."""
        place = urlsplit(self._server.address)
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        connection = kind(place.netloc.rpartition("@")[2], timeout=30)
        try:
            key = os.environ.get("VLLM_API_KEY")
            headers = {"content-type": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
            connection.request("POST", f"{place.path.rstrip('/')}/v1/{path}", body, headers)
            until = monotonic() + PATIENCE
            while not select.select([connection.sock], [], [], 0.2)[0]:
                self._stop.pause(0)
                if monotonic() > until:
                    raise TimeoutError
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()


def cut_at_end(tokens: list[int], ends: list[int], is_stopped: bool) -> list[int]:
    """A response up to the first token that ends it, that one included. Raises ServerFailed where none says why it stopped."""
    first = next((place for place, token in enumerate(tokens) if token in ends), None)
    if first is not None:
        return tokens[: first + 1]
    if is_stopped or not tokens:
        raise ServerFailed(f"the rollout server ended a response without any of the tokens {', '.join(map(str, ends))}")
    return tokens
