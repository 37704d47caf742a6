"""Whether a cluster can ever hold a job; Ray itself would wait for it without an end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: Nodes may still be joining.
SECONDS = 60.0


def find_shortage(nodes: Iterable[Mapping[str, Any]], processes: int, resources: Mapping[str, float]) -> str | None:
    """What is missing on nodes that are otherwise idle, as `ray.nodes()` tells them; None where there is room for every process."""
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    places = sum(min(int(own.get(name, 0) // count) for name, count in resources.items()) for own in alive)
    if places >= processes:
        return None
    wanted = ", ".join(f"{name} {count:g}" for name, count in resources.items())
    there = ", ".join(f"{name} {sum(own.get(name, 0) for own in alive):g}" for name in resources)
    return f"{processes} x {wanted} asked for, and the cluster has {there} (nodes: {len(alive)}): room for {places}"


def wait_for_room(
    nodes: Callable[[], Iterable[Mapping[str, Any]]], processes: int, resources: Mapping[str, float], seconds: float = SECONDS
) -> str | None:
    """What is still missing after a while."""
    end = time.monotonic() + seconds
    while (shortage := find_shortage(nodes(), processes, resources)) is not None and time.monotonic() < end:
        time.sleep(1)
    return shortage
