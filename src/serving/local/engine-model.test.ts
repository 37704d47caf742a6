import { expect, test } from "vitest";
import { nameOf } from "./engine-model.ts";

test("a model is known by the folder of its run, wherever in it the checkpoint is", () => {
  const folders = ["runs/tuned", "runs/tuned/checkpoint", "/runs/tuned/train/checkpoint/"];
  expect(folders.map(nameOf)).toEqual(["tuned", "tuned", "tuned"]);
  expect(["checkpoint", "runs/demo/sl-cai/checkpoint"].map(nameOf)).toEqual(["checkpoint", "sl-cai"]);
});
