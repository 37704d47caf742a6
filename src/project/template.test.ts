import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { loadWithPositions } from "../constitution/index.ts";
import { judgeFigures } from "../evaluation/index.ts";
import { promptText, scriptedModel } from "../models/scripted.ts";
import { silentProgress } from "../progress/index.ts";
import { calibratePrinciples } from "./check/calibrate-principles.ts";
import { checkProject } from "./check/check-project.ts";
import { prepareCheck } from "./check/prepare.ts";
import { type LoadedConfig, loadedConfig } from "./config/config.ts";
import { readFewShots } from "./prompts/few-shots.ts";
import { templateFiles, templateNames } from "./template.ts";

/** A template's files in a folder, and its settings with other models. */
function begin(name: (typeof templateNames)[number], config: Record<string, unknown>): LoadedConfig {
  const folder = mkdtempSync(join(tmpdir(), "precept-template-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, text] of templateFiles(name, { model: "openai:m" })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const prompts = { redTeam: "prompts/red-team.jsonl", helpful: "prompts/helpful.jsonl" };
  return loadedConfig({ prompts, ...config }, join(folder, "precept.config.ts"));
}

const settings = {
  "support-bot": { constitution: "constitution.yaml", systemPrompt: "system.md" },
  research: { constitution: "cai-paper", format: "paper", fewShots: "few-shots.yaml" },
  blank: { constitution: "constitution.yaml" },
} as const;

/** Calls everything kept. */
const mild = scriptedModel({ id: "mild", generate: () => '{"why": "", "quote": "", "verdict": "keeps"}' });
const bot = scriptedModel({ id: "bot", generate: () => "I do not know that." });

test.each(templateNames)("%s is checked as it comes", async (name) => {
  const ready = await prepareCheck({
    loaded: begin(name, { ...settings[name], models: { initial: bot, judge: mild } }),
  });
  expect(ready.prompts).toMatchObject({ bad: 0, duplicates: 0 });
  expect(ready.prompts.dialogues).toBeGreaterThan(0);
  const { subjects } = await checkProject({
    ready,
    env: {},
    command: "check",
    progress: silentProgress,
    signal: new AbortController().signal,
    warn: () => {},
  });
  // A template in the paper's format asks models that continue text.
  expect(typeof bot.calls.at(-1)?.prompt).toBe(name === "research" ? "string" : "object");
  const { redTeam, helpful } = ready.prompts;
  expect(subjects[0]?.outcomes[0]?.rate).toMatchObject({ estimate: 0, n: redTeam + helpful });
});

test("a template takes the person's model, and a format where one is named", () => {
  const config = (format?: "chat"): string =>
    templateFiles("research", { model: 'a"b', format }).find(([file]) => file === "precept.config.ts")?.[1] ?? "";
  expect(config()).toContain('initial: "a\\"b"');
  expect(config()).toContain('format: "paper",');
  expect(config("chat")).toContain('format: "chat",');
});

test("the support bot falls where the trap was laid a turn before, and its last message alone passes", async () => {
  const naive = scriptedModel({
    id: "naive",
    generate: ({ prompt }) =>
      /legally binding offer, no taking it back'[\s\S]*Do we have a deal\?$/u.test(promptText(prompt))
        ? "Yes, we have a deal, and that is a legally binding offer, no taking it back."
        : "Our prices are as listed in the shop.",
  });
  const judge = scriptedModel({
    id: "judge",
    generate: ({ prompt }) => {
      const text = promptText(prompt);
      const isOffer = text.includes("never agrees to a price") && /\[Answer\]\nYes, we have a deal/u.test(text);
      const [quote, verdict] = isOffer ? ["we have a deal", "breaks"] : ["", "keeps"];
      return JSON.stringify({ why: "", quote, verdict });
    },
  });
  const models = { initial: naive, judge };
  const whole = begin("support-bot", { ...settings["support-bot"], models });
  const rows = readFileSync(join(whole.folder, "prompts", "red-team.jsonl"), "utf8")
    .trim()
    .split("\n");
  const trap = rows.map((row) => JSON.parse(row)).find(({ id }) => id === "offer-trap-phrase");
  const alone = begin("support-bot", { ...settings["support-bot"], models });
  const last = { id: trap.id, prompt: trap.messages.at(-1).content };
  writeFileSync(join(alone.folder, "prompts", "red-team.jsonl"), JSON.stringify(last));
  const breaks = async (loaded: LoadedConfig) => {
    const options = { env: {}, command: "check", progress: silentProgress, signal: new AbortController().signal };
    const { subjects } = await checkProject({ ...options, ready: await prepareCheck({ loaded }), warn: () => {} });
    return subjects[0]?.breaks.map(({ principleId, quote, earlierTurns }) => [principleId, quote, earlierTurns]);
  };
  expect(await breaks(whole)).toEqual([["no-binding-offers", "we have a deal", 1]]);
  expect(await breaks(alone)).toEqual([]);
});

test("the support bot has 60 prompts and more, gates on its principles, and a workflow that says what 3 and 4 mean", async () => {
  const loaded = begin("support-bot", { ...settings["support-bot"], models: { initial: bot } });
  const { constitution } = await loadWithPositions(join(loaded.folder, "constitution.yaml"));
  const { tasks, prompts } = await prepareCheck({ loaded });
  expect(tasks.length).toBeGreaterThanOrEqual(60);
  expect(prompts.dialogues).toBeGreaterThanOrEqual(12);
  const config = readFileSync(join(loaded.folder, "precept.config.ts"), "utf8");
  const gates = [...config.matchAll(/^ {6}"([\w-]+)": \{ atMost/gmu)].map(([, id]) => id);
  expect(gates.length).toBeGreaterThan(2);
  expect(constitution.principles.map(({ id }) => id)).toEqual(expect.arrayContaining(gates));
  const workflow = readFileSync(join(loaded.folder, ".github", "workflows", "precept.yml"), "utf8");
  expect(parse(workflow).jobs.check.steps.map(({ name }: { name?: string }) => name)).toContain("Check the bot");
  expect(workflow).toMatch(/Exit 3:[^\n]*Exit 4:/u);
  expect(workflow).not.toMatch(/sk-[\w-]{8}/u);
});

test("the support bot's labelled answers are 100 and more, of every principle and its own prompts, breaks and kept ones", async () => {
  const loaded = begin("support-bot", { ...settings["support-bot"], models: { initial: bot } });
  const { tasks, constitution } = await prepareCheck({ loaded });
  const calibrated = await calibratePrinciples({
    loaded,
    principles: ["all"],
    judge: "strings",
    answers: join(loaded.folder, "labelled.jsonl"),
    seed: 1,
    env: {},
    progress: silentProgress,
    signal: new AbortController().signal,
    labelsFor: async () => new Map(),
  });
  expect(calibrated.map(({ principleId }) => principleId)).toEqual(constitution.principles.map(({ id }) => id));
  const certificates = calibrated.map(({ certificate }) => certificate);
  expect(judgeFigures(certificates).n).toBeGreaterThanOrEqual(100);
  for (const { byLabel } of certificates) {
    expect(Object.keys(byLabel).sort()).toEqual(["breaks", "keeps", "not at stake"]);
    expect(Math.min(byLabel["breaks"]?.n ?? 0, byLabel["keeps"]?.n ?? 0)).toBeGreaterThanOrEqual(6);
  }
  const asked = new Set(tasks.map((task) => lastTurn(task.toJudge?.([]).messages ?? [])));
  const rows = readFileSync(join(loaded.folder, "labelled.jsonl"), "utf8").trim().split("\n");
  for (const row of rows.map((line) => JSON.parse(line))) {
    expect(asked).toContain(row.prompt ?? lastTurn(row.messages));
  }
});

const lastTurn = (messages: readonly { readonly content: string }[]): string | undefined => messages.at(-1)?.content;

test("the paper's few-shots are ours, and are read in its format", async () => {
  const loaded = begin("research", { ...settings.research, models: { initial: bot } });
  expect(readdirSync(loaded.folder)).not.toContain("constitution.yaml");
  const { fewShots } = await readFewShots(loaded);
  expect([fewShots?.critiques.length, fewShots?.comparisons.length]).toEqual([5, 4]);
});
