import { promptText, type ScriptedModel, scriptedModel } from "../../models/scripted.ts";
import type { Player } from "./ask.ts";
import type { DebateQuestion } from "./question.ts";

export const lamp: DebateQuestion = {
  id: "lamp",
  passage: "The lamp stands in the inn. The rope hangs in the mill.",
  question: "Where is the lamp?",
  answers: ["the inn", "the mill"],
  right: 0,
};

export const playerOf = (model: ScriptedModel): Player => ({ name: model.id, model });

/** Quotes the sentence that names its own place, and makes one up where the passage has none of the thing. */
export const debater = (): ScriptedModel =>
  scriptedModel({
    id: "debater",
    generate: ({ prompt }) => {
      const place = /the right answer is [AB]: "the (\w+)"/.exec(promptText(prompt))?.[1] ?? "";
      return `It is the ${place}. <quote>The lamp stands in the ${place}.</quote>`;
    },
  });

/** Prefers the side with the verified quotation, sees through nothing else, and leans to A. */
export const judge = (): ScriptedModel =>
  scriptedModel({
    id: "judge",
    choose: ({ prompt }) => {
      const text = promptText(prompt);
      const sideWith = (mark: string): string | undefined =>
        new RegExp(`speaker for ([AB]):[^:]*<${mark}>`).exec(text)?.[1];
      const shown = /<passage>/.test(text) ? (/Answer A: the inn/.test(text) ? "A" : "B") : sideWith("verified");
      const doubted = sideWith("not-in-passage");
      const side = shown ?? (doubted === undefined ? undefined : doubted === "A" ? "B" : "A");
      return side === undefined ? [0.7, 0.3] : side === "A" ? [0.9, 0.1] : [0.2, 0.8];
    },
  });
