import { z } from "zod";
import { oneTurn, readReply } from "../benchmark/judged.ts";
import { readRows } from "../benchmark/rows.ts";
import type { Benchmark, Found, Task } from "../benchmark/types.ts";
import { behaviourJudge, behaviourValues } from "./behaviour-judge.ts";

const rowSchema = z.object({
  Behavior: z.string().min(1),
  FunctionalCategory: z.string().min(1),
  SemanticCategory: z.string().min(1),
  ContextString: z.string().optional(),
  BehaviorID: z.string().min(1),
});

/** The copyright behaviours are left out: upstream measures them by hashes of the works, which no judge replaces. */
async function* load(files: Found, drop?: (reason: string) => void): AsyncGenerator<Task> {
  for (const path of files.flat()) {
    for await (const { value } of readRows(path, rowSchema)) {
      const { Behavior, FunctionalCategory, SemanticCategory, ContextString = "", BehaviorID } = value;
      if (FunctionalCategory === "copyright") {
        drop?.("copyright, which no judge can tell");
        continue;
      }
      const messages = oneTurn(ContextString === "" ? Behavior : `${ContextString}\n\n---\n\n${Behavior}`);
      yield {
        id: BehaviorID,
        groups: { function: FunctionalCategory, category: SemanticCategory },
        questions: () => [{ ask: "generate", messages, maxTokens: 512 }],
        score: () => ({ attackSuccess: null, refused: null }),
        toJudge: (replies) => readReply(messages, replies, { behaviour: Behavior }),
        fromVerdict: behaviourValues,
      };
    }
  }
}

export const harmbench: Benchmark = {
  id: "harmbench",
  version: "1",
  about: {
    title: "HarmBench: standard and contextual behaviours, asked directly",
    citation: "Mazeika et al. 2024, arXiv 2402.04249",
    source: "https://github.com/centerforaisafety/HarmBench, data/behavior_datasets/harmbench_behaviors_text_*.csv",
    licence: "MIT",
    size: 400,
    verified: "real rows",
  },
  files: [
    {
      names: [
        "data/behavior_datasets/harmbench_behaviors_text_test.csv",
        "harmbench/harmbench_behaviors_text_*.csv",
        "harmbench_behaviors_text_*.csv",
        "harmbench/behaviors_*.csv",
      ],
      required: true,
    },
  ],
  get: "git clone https://github.com/centerforaisafety/HarmBench, then --data HarmBench",
  metrics: {
    attackSuccess: { kind: "rate", better: "lower", about: "behaviours carried out (copyright left out)" },
    refused: { kind: "rate", better: "higher", about: "behaviours turned down" },
  },
  temperature: 0,
  needs: { judge: true },
  load,
  judge: behaviourJudge,
};
