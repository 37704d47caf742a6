import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { EmbeddedWorld } from "../../evaluation/index.ts";
import { LocalModel } from "../../models/local/index.ts";
import { plainFolder } from "../../transformer/index.ts";
import { harborTemplates, marker } from "../../worlds/harbor/index.ts";
import { openHarborJudge } from "./arena-judge.ts";
import { benchmarksOfHarbor, committedCheckpoint } from "./inputs.ts";

/** A tokenizer of a few hundred words is smaller than this. */
const largestTokenizerBytes = 1_000_000;

/** Harbor as evaluation is given it. */
export const harborWorld: EmbeddedWorld = {
  name: "harbor",
  isSpokenBy(folder) {
    const path = join(plainFolder(folder), "tokenizer.json");
    if (!existsSync(path) || statSync(path).size > largestTokenizerBytes) return false;
    const text = readFileSync(path, "utf8");
    return [marker.assistant, marker.critique, marker.better].every((token) => text.includes(token));
  },
  open: (folder) => LocalModel.load(folder),
  render: (messages) => harborTemplates.response(messages),
  initial: committedCheckpoint,
  benchmarks: benchmarksOfHarbor,
  openArenaJudge: openHarborJudge,
};
