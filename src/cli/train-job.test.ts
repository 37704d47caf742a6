import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { preceptHere } from "./in-process.test-support.ts";

const model = new URL("../../models/harbor/checkpoint", import.meta.url).pathname;

test.each([
  [["--dtype", "bfloat16"], /--dtype without --engine python/],
  [["--rows-per-process", "4", "--engine", "local"], /--rows-per-process without --engine python/],
])("%j are settings of TRL", async (flags, message) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "rows.jsonl"), '{"prompt": "a", "completion": "b"}\n');
  const job = ["train", "sft", "--model", model, "--data", join(folder, "rows.jsonl"), "--out", join(folder, "out")];
  const { code, stderr } = await preceptHere([...job, ...flags]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});
