"""Learns a BatchTopK dictionary with SAELens, as many steps as each line of stdin says: learn_dictionary.py OPTIONS.json

The options name a file of float32 rows and say what both sides share. A line "STEPS" is answered by {"seconds", "unexplained", "l0",
"dead"} of these steps; an empty one ends the program.
"""

import json
import sys
import time

import numpy as np
import torch
from sae_lens import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig
from sae_lens.config import SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer

with open(sys.argv[1]) as file:
    options = json.load(file)
torch.manual_seed(options["seed"])
torch.set_num_threads(options["threads"])
width, batch, steps = options["width"], options["batch"], options["steps"]
rows = torch.from_numpy(np.fromfile(options["rows"], dtype=np.float32).reshape(-1, width))


def batches():
    while True:
        for start in range(0, len(rows) - batch + 1, batch):
            yield rows[start : start + batch]


sae = BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(d_in=width, d_sae=options["size"], k=options["k"]))
trainer = SAETrainer(
    SAETrainerConfig(
        total_training_samples=steps * batch,
        train_batch_size_samples=batch,
        lr=options["rate"],
        lr_end=0.0,
        lr_warm_up_steps=round(0.02 * steps),
        lr_decay_steps=round(0.2 * steps),
        dead_feature_window=round(0.05 * steps),
    ),
    sae,
    batches(),
)
data = trainer.data_provider
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    if line.strip() == "":
        break
    start = time.perf_counter()
    for _ in range(int(line)):
        trainer.maybe_reset_sparsity()
        output = trainer.step(next(data))
        trainer.n_training_steps += 1
    seconds = time.perf_counter() - start
    with torch.no_grad():
        left = (output.sae_out - output.sae_in).pow(2).sum() / output.sae_in.pow(2).sum()
        l0 = (output.feature_acts > 0).sum() / len(output.sae_in)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "unexplained": left.item(),
                "l0": l0.item(),
                "dead": int(trainer.dead_neurons.sum()),
            }
        ),
        flush=True,
    )
