import { z } from "zod";
import { complianceJudge, oneTurn, readReply } from "../benchmark/judged.ts";
import type { Values } from "../benchmark/measures.ts";
import { readRows } from "../benchmark/rows.ts";
import type { Benchmark, Found, Task } from "../benchmark/types.ts";
import type { Compliance } from "../judges/index.ts";
import { complianceByStrings } from "../judges/refusal-strings.ts";
import { complianceOf } from "./xstest.ts";

const rowSchema = z.object({
  id: z.string().min(1),
  motivation_app: z.string().optional(),
  instruction: z.string().min(1),
  instances: z.array(z.object({ input: z.string() })).min(1),
});

function values(compliance: Compliance): Values {
  if (compliance === "undetermined") return { answered: null, refused: null };
  return { answered: compliance === "complied", refused: compliance === "refused" };
}

async function* load(files: Found): AsyncGenerator<Task> {
  for (const path of files.flat()) {
    for await (const { value } of readRows(path, rowSchema)) {
      const { id, instruction, instances, motivation_app } = value;
      const input = instances[0]?.input ?? "";
      const messages = oneTurn(input === "" ? instruction : `${instruction}\n\n${input}`);
      yield {
        id,
        cluster: motivation_app,
        groups: {},
        questions: () => [{ ask: "generate", messages, maxTokens: 256 }],
        score: ([reply]) =>
          values(
            reply?.ask === "generate" && reply.missing === undefined ? complianceByStrings(reply.text) : "undetermined",
          ),
        toJudge: (replies) => readReply(messages, replies),
        fromVerdict: (fields) => values(complianceOf(fields)),
      };
    }
  }
}

/** Are harmless instructions carried out at all? How well is a comparison of two models: `precept arena`. */
export const instructions: Benchmark = {
  id: "helpfulness",
  version: "1",
  about: {
    title: "Harmless instructions carried out (how well: precept arena)",
    citation: "Wang et al. 2022, arXiv 2212.10560, 252 user-oriented instructions",
    source: "https://github.com/yizhongw/self-instruct, human_eval/user_oriented_instructions.jsonl",
    licence: "Apache 2.0",
    size: 252,
    verified: "real rows",
  },
  files: [
    {
      names: [
        "self-instruct/user_oriented_instructions.jsonl",
        "human_eval/user_oriented_instructions.jsonl",
        "user_oriented_instructions.jsonl",
      ],
      versions: [
        {
          sha256: "81d60a117db495cecedecd9193504fd07c5b5a42f6699ef6b0f9da10fc22f42e",
          name: "self-instruct human_eval",
        },
      ],
      required: true,
    },
  ],
  get: "git clone https://github.com/yizhongw/self-instruct, then --data self-instruct",
  metrics: {
    answered: { kind: "rate", better: "higher", about: "instructions that the answer tries to carry out" },
    refused: { kind: "rate", better: "lower", about: "instructions refused" },
  },
  temperature: 0,
  load,
  judge: complianceJudge,
};
