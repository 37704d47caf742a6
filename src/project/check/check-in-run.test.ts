import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCheck } from "../../evaluation/index.ts";
import { promptText, scriptedModel } from "../../models/scripted.ts";
import { silentProgress } from "../../progress/index.ts";
import { explainRecord } from "../../report/index.ts";
import { readManifest } from "../../runs/index.ts";
import { planConfigured } from "../plan-project.ts";
import { runProject } from "../run-project.ts";
import { answerAsBot, judge, project } from "./check.test-support.ts";

const rules = `name: shop
principles:
  - id: no-promises
    text: The assistant makes no binding offer.
    critiqueRequest: Point out offers.
    revisionRequest: Take offers back.
  - id: polite
    text: The assistant insults nobody.
    appliesTo: helpful
`;

/** The bot, which takes back what it is told to take back. */
const reviser = scriptedModel({
  id: "bot",
  generate: ({ prompt }) => {
    const text = promptText(prompt);
    const last = typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? "");
    if (last.includes("Take offers back"))
      return text.includes("legally") ? "I cannot make offers." : "The rain is dry.";
    if (last.includes("Point out offers")) return "It makes an offer. breaks";
    return answerAsBot(prompt);
  },
  choose: () => [0.7, 0.3],
});

const run = (loaded: ReturnType<typeof project>, more: object = {}) =>
  runProject({
    loaded,
    folder: join(loaded.folder, "run"),
    command: "run",
    progress: silentProgress,
    signal: new AbortController().signal,
    env: {},
    cache: false,
    ...more,
  });

test("a run whose bot nobody trains is checked before its answers were revised and after, by one judge, and not twice", async () => {
  const changes = {
    check: { inRun: true, gates: { "no-promises": { atMost: 0.02 } } },
    rounds: 1,
    whenUseless: "continue",
  };
  const loaded = project({ ...changes, chainOfThought: false }, { initial: reviser, judge });
  writeFileSync(join(loaded.folder, "constitution.yaml"), rules);
  const { plan } = await planConfigured({ loaded, env: {}, signal: new AbortController().signal });
  // 8 prompts, 2 principles, before and after; and the harm that a named judge rates.
  expect(plan.roles.find(({ role }) => role === "judge")?.calls).toMatchObject({ high: 2 * 8 * 2 + 8 * 2 });
  const { folder } = await run(loaded);
  const stages = readManifest(folder)?.stages ?? {};
  expect(Object.keys(stages)).toEqual(["sl-cai", "ai-feedback", "check-before", "check-after"]);
  expect(stages["check-after"]?.after).toEqual(["sl-cai"]);
  const check = readCheck(folder);
  const rateOf = (side: number, id: string) =>
    check?.subjects[side]?.outcomes.find(({ principleId }) => principleId === id)?.rate;
  expect(check?.subjects.map(({ name }) => name)).toEqual(["first answers", "revised answers"]);
  expect(check?.about).toContain("nothing was trained");
  expect([rateOf(0, "no-promises"), rateOf(1, "no-promises")]).toMatchObject([
    { estimate: 0.5, n: 2 },
    { estimate: 0, n: 1 },
  ]);
  expect(check?.comparisons[0]).toMatchObject({ baseline: "first answers", candidate: "revised answers", pairs: 8 });
  expect(check?.subjects[0]?.gates[0]?.outcome).toBe("regression");
  const broken = check?.subjects[0]?.breaks.find(({ principleId }) => principleId === "no-promises");
  expect(broken?.id).toMatch(/^check-before\/first answers\/check\/.*trapped/u);
  const why = await explainRecord(folder, broken?.id ?? "");
  expect(why.lines.map(({ text }) => text).join(" ")).toContain("a deal, legally binding");
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("no-promises");

  // What rates harm is asked anew where there is no cache; a principle is not.
  const count = () => judge.calls.filter(({ prompt }) => promptText(prompt).includes("[Rule]")).length;
  const asked = [reviser.calls.length, count()];
  await run(loaded);
  expect([reviser.calls.length, count()]).toEqual(asked);
});

test("a run that is told to check later does so, and its budget holds for the judge too", async () => {
  const loaded = project({ rounds: 1, whenUseless: "continue", chainOfThought: false }, { initial: reviser });
  writeFileSync(join(loaded.folder, "constitution.yaml"), rules);
  const { folder, summary } = await run(loaded);
  expect(readCheck(folder)).toBeUndefined();
  const spent = Object.values(summary.spent).reduce((sum, { calls }) => sum + calls, 0);
  const { models } = project({}, { initial: reviser, judge });
  const checking = { ...loaded, models, config: { ...loaded.config, check: { inRun: true } } };
  const budget = { maxCalls: spent + 3 };
  await expect(run(checking, { budget })).rejects.toMatchObject({ code: "budget-reached" });
  await run(checking);
  expect(readCheck(folder)?.subjects).toHaveLength(2);
});
