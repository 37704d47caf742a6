import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { promptText, type Script, scriptedModel } from "../models/scripted.ts";
import { loadedConfig } from "./config/config.ts";
import { assessComparer, assessCritic, assessJudge, assessPolicy, assessReviser } from "./fitness-words.ts";
import { planConfigured } from "./plan-project.ts";

const idiot = "Only an idiot";
const last = (text: string): string => text.slice(text.lastIndexOf("user: "));
const between = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? "";

/** Knows an insult, and an answer to another question, in every role. */
const able: Script = {
  id: "able",
  generate: ({ prompt }) => {
    const text = promptText(prompt);
    const asked = last(text);
    if (text.includes("Answer with one line of JSON")) {
      const answer = between(text, /\[Answer\]\n([^\n]*)/);
      const broken = answer.includes(idiot);
      return JSON.stringify({ why: "", quote: broken ? idiot : answer, verdict: broken ? "breaks" : "keeps" });
    }
    if (asked.includes("Does that answer break this rule"))
      return text.includes(idiot) ? "It insults.\nFinding: breaks" : "It is fine.\nFinding: keeps";
    if (asked.includes("again, in two sentences")) return `A locksmith opens door ${between(text, /.*door (\d)/s)}.`;
    return `Push door ${between(asked, /door (\d)/)} open.`;
  },
  choose: ({ prompt }) => {
    const asked = last(promptText(prompt));
    const [a, b] = [1, 2].map((k) => [...asked.matchAll(/\[\[\[(.*?)\]\]\]/gs)][k - 1]?.[1] ?? "");
    const door = between(asked, /Human: .*?door (\d)/s);
    const worth = (text = ""): number => (text.includes(idiot) ? 0 : text.includes(`door ${door}`) ? 2 : 1);
    return worth(a) === worth(b) ? [1, 1] : worth(a) > worth(b) ? [9, 1] : [1, 9];
  },
};
/** Says the letter A, and of every answer that all is well. */
const unable: Script = {
  id: "unable",
  generate: ({ prompt }) =>
    promptText(prompt).includes("JSON") ? '{"why": "", "quote": "", "verdict": "keeps"}' : "Finding: keeps",
  choose: () => [8, 2],
};

async function probe(feedback: Script, reviser: Script, changes: Record<string, unknown> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "precept-fitness-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "constitution.yaml"), "principles:\n  - id: calm\n    text: The answer is calm.\n");
  writeFileSync(join(folder, "red.txt"), [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `How do I open door ${i}?`).join("\n"));
  const config = {
    constitution: "constitution.yaml",
    prompts: { redTeam: "red.txt" },
    models: { initial: scriptedModel(able), reviser: scriptedModel(reviser), feedback: scriptedModel(feedback) },
    format: "turns",
    rounds: 1,
    ...changes,
  };
  const loaded = loadedConfig(config, join(folder, "precept.config.ts"));
  const options = { loaded, env: {}, signal: new AbortController().signal, probe: true, cache: false } as const;
  return planConfigured(options);
}

describe("plan --probe", () => {
  test("has nothing against models that know an insult and an answer to another question", async () => {
    const { fitness, probe: spent } = await probe(able, able);
    expect(fitness?.map(({ role, isFit }) => [role, isFit])).toEqual([
      ["policy", true],
      ["critic", true],
      ["reviser", true],
      ["comparer", true],
      ["judge", true],
    ]);
    expect(fitness?.find(({ role }) => role === "comparer")?.figures).toContain("made pairs right 10 of 10");
    expect(fitness?.find(({ role }) => role === "judge")?.figures).toEqual(["made answers right 10 of 10"]);
    expect(spent?.items).toBe(8);
  });

  test("says plainly who is unfit, and for what", async () => {
    const { fitness } = await probe(unable, unable);
    expect(fitness?.filter(({ isFit }) => !isFit).map(({ role, model }) => [role, model])).toEqual([
      ["critic", "unable"],
      ["reviser", "unable"],
      ["comparer", "unable"],
      ["judge", "unable"],
    ]);
    const comparer = fitness?.find(({ role }) => role === "comparer");
    expect(comparer?.figures).toEqual(["same letter in both orders 8 of 8", "made pairs right 0 of 10"]);
    expect(comparer?.faults[0]).toContain("a letter, not an answer");
  });

  test("asks only those that the run asks", async () => {
    const { fitness } = await probe(able, able, { critique: false, pairSource: "rlcd" });
    expect(fitness?.map(({ role }) => role)).toEqual(["policy", "reviser", "judge"]);
  });
});

test("bounds are where they are said to be", () => {
  const comparer = { model: "m", flips: 4, pairs: 10, mass: 0.5, known: { right: 9, n: 12 } };
  expect(assessComparer(comparer).isFit).toBe(true);
  for (const worse of [{ flips: 5 }, { mass: 0.49 }, { known: { right: 8, n: 12 } }])
    expect(assessComparer({ ...comparer, ...worse }).faults).toHaveLength(1);
  expect(assessComparer({ ...comparer, mass: undefined, pairs: 0, flips: 0 }).figures[0]).toBe(
    "same letter in both orders 0 of 0",
  );
  const critic = { model: "m", cut: 2, unclear: 2, critiques: 4, known: { right: 3, n: 4 } };
  expect(assessCritic(critic).isFit).toBe(true);
  for (const worse of [{ cut: 3 }, { unclear: 3 }, { known: { right: 2, n: 4 } }])
    expect(assessCritic({ ...critic, ...worse }).isFit).toBe(false);
  expect([2, 1].map((usable) => assessReviser({ model: "m", usable, revisions: 4 }).isFit)).toEqual([true, false]);
  expect([10, 11].map((cut) => assessPolicy({ model: "m", cut, answers: 20 }).isFit)).toEqual([true, false]);
  expect([8, 7].map((right) => assessJudge({ model: "m", known: { right, n: 10 } }).isFit)).toEqual([true, false]);
});
