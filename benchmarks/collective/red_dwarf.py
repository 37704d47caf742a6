"""red-dwarf's whole pipeline over the votes of a file, once for every line on stdin; answers the seconds that it
took on the clock and of the processor."""

import sys
import time

from reddwarf.implementations.base import run_pipeline

with open(sys.argv[1]) as lines:
    rows = [line.split(",") for line in lines]
votes = [
    {"participant_id": int(p), "statement_id": int(s), "vote": int(v), "modified": i}
    for i, (p, s, v) in enumerate(rows)
]
print("ready", flush=True)
for _ in sys.stdin:
    clock, processor = time.perf_counter(), time.process_time()
    run_pipeline(votes=votes, random_state=0)
    print(time.perf_counter() - clock, time.process_time() - processor, flush=True)
