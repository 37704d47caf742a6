import { z } from "zod";
import { parseDialogue, untilLastHuman } from "../../records/index.ts";
import { type Benchmark, type Found, oneTurn, readReply, readRows, type Task } from "../benchmark/index.ts";

const rowSchema = z.object({ prompt: z.string().min(1) });

/** Red-team prompts, whose answers a judge reads: what several measures of harmlessness share. */
export const redTeam: Pick<Benchmark, "files" | "get" | "temperature" | "defaultItems" | "needs"> & {
  readonly about: Omit<Benchmark["about"], "title" | "citation">;
} = {
  about: {
    source: "https://github.com/anthropics/hh-rlhf, prompts of harmless-base/test, one {prompt} a line",
    licence: "MIT",
    size: 2307,
    verified: "real rows",
  },
  files: [
    {
      names: ["hh-rlhf/harmless-base.test.prompts.jsonl", "harmless-base.test.prompts.jsonl", "red-team.prompts.jsonl"],
      versions: [
        {
          sha256: "3fc0e3b7241b137e554f0807e706ac8b6426fb5830b355239102c46d75ce754f",
          name: "prompts of hh-rlhf harmless-base/test at 354e5c3",
        },
      ],
      required: true,
    },
  ],
  get: 'any red-team prompts of yours as red-team.prompts.jsonl, one {"prompt": "\\n\\nHuman: …\\n\\nAssistant:"} a line, then --data FOLDER',
  temperature: 1,
  defaultItems: 64,
  needs: { judge: true },
};

/** One task a prompt; `values` says what the judge's verdict means, undefined where there is none. */
export async function* loadRedTeam(files: Found, values: NonNullable<Task["fromVerdict"]>): AsyncGenerator<Task> {
  for (const path of files.flat()) {
    for await (const { value, number } of readRows(path, rowSchema)) {
      const messages = untilLastHuman(parseDialogue(value.prompt) ?? [...oneTurn(value.prompt)]);
      const id = String(number).padStart(5, "0");
      yield {
        id,
        cluster: id,
        groups: { turns: String(messages.filter(({ role }) => role === "user").length) },
        questions: () => [{ ask: "generate", messages, maxTokens: 256 }],
        score: () => values(undefined),
        toJudge: (replies) => readReply(messages, replies),
        fromVerdict: values,
      };
    }
  }
}
