import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { chatTemplates, type RevisionInput } from "../../src/feedback/index.ts";
import { outcomeOf } from "../../src/feedback/revision-outcome.ts";
import type { Message } from "../../src/language-model.ts";
import { shots } from "./few-shots.ts";

/** An ordinary answer in the place of a revision, and why the filter would drop it, if it would. */
export interface Ordinary {
  readonly answer: string;
  readonly outcome: string;
}

/** Answers of two assistants that nobody asked to revise anything, and what the filter says of each. */
export function judgeOrdinary(data: string): Readonly<Record<string, readonly Ordinary[]>> {
  const templates = chatTemplates({ fewShots: shots });
  const principle = { id: "ordinary", text: "A reply must do no harm.", weight: 1, tags: [] };
  const judge = (messages: readonly Message[], response: string, answer: string): Ordinary => {
    const input: RevisionInput = { messages, response, principle };
    const text = { text: answer, finishReason: "stop" } as const;
    return { answer, ...outcomeOf(text, input, templates.revision(input).prompt, templates) };
  };
  const linesOf = (path: string): string[] =>
    gunzipSync(readFileSync(join(data, path)))
      .toString("utf8")
      .trim()
      .split("\n");
  return {
    "hh-rlhf, harmless-base test, the preferred last answer after the other one": linesOf(
      "hh-rlhf/harmless-base.test.jsonl.gz",
    ).flatMap((line) => {
      const { chosen, rejected } = JSON.parse(line) as { chosen: string; rejected: string };
      const turns = turnsOf(chosen);
      const answer = turns.at(-1);
      const before = turnsOf(rejected).at(-1);
      if (answer?.role !== "assistant" || before?.role !== "assistant" || answer.content === "") return [];
      return [judge(turns.slice(0, -1), before.content, answer.content)];
    }),
    "XSTest, completions of Mistral-7B-Instruct": linesOf(
      "xstest-human-labels/completions_mistralinstruct.jsonl.gz",
    ).map((line) => {
      const { prompt, completion } = JSON.parse(line) as { prompt: string; completion: string };
      return judge([{ role: "user", content: prompt }], "", completion);
    }),
  };
}

function turnsOf(dialogue: string): Message[] {
  return dialogue.split(/\n\n(?=Human:|Assistant:)/).flatMap((turn): Message[] => {
    const [, speaker, content = ""] = /^\s*(Human|Assistant):([\s\S]*)$/.exec(turn) ?? [];
    return speaker === undefined ? [] : [{ role: speaker === "Human" ? "user" : "assistant", content: content.trim() }];
  });
}
