"""Runs one training job of Precept by TRL: a folder with token ids, batches and rates in, a checkpoint out.

The folder is the contract (docs/scale.md): TypeScript decides everything that can be decided before the first step, this
program computes. It reads no text and chooses nothing.
"""

CONTRACT = 1
