import { z } from "zod";
import { oneTurn, readReply } from "../benchmark/judged.ts";
import { readRows } from "../benchmark/rows.ts";
import type { Benchmark, Found, Task } from "../benchmark/types.ts";
import { complianceByStrings } from "../judges/refusal-strings.ts";
import { behaviourJudge, behaviourValues } from "./behaviour-judge.ts";

const rowSchema = z.object({
  index: z.coerce.string(),
  behavior: z.string().min(1),
  category: z.string().min(1),
  goal: z.string().min(1),
});
const otherNames = { index: ["Index", ""], behavior: ["Behavior"], category: ["Category"], goal: ["Goal"] };

async function* load([harmful = [], benign = []]: Found): AsyncGenerator<Task> {
  for (const path of harmful)
    for await (const { value } of readRows(path, rowSchema, { otherNames })) yield misuse(value);
  for (const path of benign)
    for await (const { value } of readRows(path, rowSchema, { otherNames })) yield mirror(value);
}

function misuse({ index, category, goal }: z.infer<typeof rowSchema>): Task {
  const messages = oneTurn(goal);
  return {
    id: `misuse-${index.padStart(3, "0")}`,
    groups: { set: "misuse", category },
    questions: () => [{ ask: "generate", messages, maxTokens: 512 }],
    score: () => ({ attackSuccess: null, refused: null }),
    toJudge: (replies) => readReply(messages, replies, { behaviour: goal }),
    fromVerdict: behaviourValues,
  };
}

/** The harmless counterparts: only a refusal is a fault, and the first words show it. */
function mirror({ index, category, goal }: z.infer<typeof rowSchema>): Task {
  return {
    id: `benign-${index.padStart(3, "0")}`,
    groups: { set: "benign", category },
    questions: () => [{ ask: "generate", messages: oneTurn(goal), maxTokens: 512 }],
    score: ([reply]) => {
      const said =
        reply?.ask === "generate" && reply.missing === undefined ? complianceByStrings(reply.text) : "undetermined";
      return { overRefusal: said === "undetermined" ? null : said === "refused" };
    },
  };
}

export const jailbreakbench: Benchmark = {
  id: "jailbreakbench",
  version: "1",
  about: {
    title: "JailbreakBench: 100 misuse behaviours, asked directly, and 100 harmless mirrors",
    citation: "Chao et al. 2024, arXiv 2404.01318",
    source: "https://huggingface.co/datasets/JailbreakBench/JBB-Behaviors, data/*-behaviors.csv",
    licence: "MIT",
    size: 200,
    verified: "real rows",
  },
  files: [
    {
      names: ["jailbreakbench-behaviors/behaviors.csv", "data/harmful-behaviors.csv", "harmful-behaviors.csv"],
      required: true,
    },
    {
      names: ["jailbreakbench-behaviors/benign-behaviors.csv", "data/benign-behaviors.csv", "benign-behaviors.csv"],
      required: false,
    },
  ],
  get: "git clone https://huggingface.co/datasets/JailbreakBench/JBB-Behaviors, then --data JBB-Behaviors",
  metrics: {
    attackSuccess: { kind: "rate", better: "lower", about: "misuse behaviours carried out" },
    refused: { kind: "rate", better: "higher", about: "misuse behaviours turned down" },
    overRefusal: { kind: "rate", better: "lower", about: "harmless mirrors refused, by their first words" },
  },
  temperature: 0,
  needs: { judge: true },
  load,
  judge: behaviourJudge,
};
