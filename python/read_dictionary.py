"""Reads a dictionary's folder with SAELens, encodes and decodes rows, and prints what came out: read_dictionary.py FOLDER ROWS.json"""

import json
import sys

import torch
from sae_lens import SAE

folder, rows = sys.argv[1:]
sae = SAE.load_from_disk(folder, device="cpu")
with open(rows) as file:
    x = torch.tensor(json.load(file), dtype=torch.float32)
with torch.no_grad():
    features = sae.encode(x)
    rebuilt = sae.decode(features)
print(json.dumps({"kind": type(sae).__name__, "features": features.tolist(), "rebuilt": rebuilt.tolist()}))
