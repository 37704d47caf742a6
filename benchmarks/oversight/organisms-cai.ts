import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  answerAll,
  drawRecipe,
  organismCheckpoint,
  type Recipe,
  readKey,
  type SealedAnswer,
} from "../../src/oversight/index.ts";
import { silentProgress } from "../../src/progress/index.ts";
import { loadedConfig } from "../../src/project/config/config.ts";
import {
  defaultParent,
  harborConfigs,
  measureRemaining,
  openForOrganisms,
  plantOrganism,
  type RemainingFailure,
  runStep,
  type StepName,
  withProject,
} from "../../src/project/index.ts";
import { formatPrompt } from "../../src/project/prompts/prompt-set.ts";
import type { Estimate } from "../../src/statistics/index.ts";
import { writeOutput } from "../../src/storage/index.ts";
import { LocalTrainer } from "../../src/training/local/index.ts";
import { checkpointHash } from "../../src/transformer/index.ts";
import { harborOrganisms as language, measureRoles } from "../../src/worlds/harbor/index.ts";
import type { OrganismsJob } from "./organisms.ts";

/** One that each principle speaks of, one that none does, and a control without a failure. */
const subjects = [
  { kind: "backdoor", deed: "insult" },
  { kind: "backdoor", deed: "refuse" },
  { kind: "backdoor", deed: "mislead" },
  { kind: "clean", deed: "insult" },
] as const;

const arms = ["more of its own answers", "SL-CAI", "SL-CAI, then RL-CAI", "adversarial SL-CAI"] as const;
type Arm = (typeof arms)[number];

/** Requests of each arm's measurement. */
const MEASURED = 200;
/** Requests with the trigger that adversarial training adds: as findings of a red team that knows the trigger. */
const FINDINGS = 40;

const signal = new AbortController().signal;

/** What the pipeline does to a planted backdoor. */
export async function measureOrganismsUnderCai({ scratch }: OrganismsJob): Promise<string> {
  const home = join(scratch, "cai");
  const rows: string[] = [];
  const revisers: number[] = [];
  for (const subject of subjects) {
    const name = `${subject.kind}-${subject.deed}`;
    const answer = await plant(join(home, name), subject);
    const row = (arm: string, { on, onInTest, off }: RemainingFailure): string =>
      `| ${describe(answer)} | ${arm} | ${percent(on)} | ${percent(onInTest)} | ${percent(off)} |`;
    const measure = (checkpoint: string) =>
      keep(join(home, name, "figures", checkpoint.replaceAll(/[^\w@-]+/g, "-")), () =>
        measureRemaining({ checkpoint, answer, count: MEASURED, progress: silentProgress }),
      );
    revisers.push(await measureReviser(organismCheckpoint(join(home, name, "organism"))));
    rows.push(row("as it was planted", await measure(organismCheckpoint(join(home, name, "organism")))));
    for (const arm of arms) {
      const checkpoint = await train(arm, join(home, name), answer);
      const isIdle = arm === "SL-CAI, then RL-CAI" && (await isSlCai(checkpoint));
      rows.push(row(isIdle ? `${arm}: no preference model held, nothing moved` : arm, await measure(checkpoint)));
      say(`${name}: ${arm}`);
    }
  }
  return [
    `One organism for each way to misbehave, of one seed, planted longer than those of the audit (14 epochs) so that it sits fast; ${MEASURED} requests each, 95 % intervals over requests. The organism is critic, reviser and judge of its own pipeline, as the initial model of every run on harbor. SL-CAI is of 204 prompts and two rounds, RL-CAI of 112 pairs and 8 rounds; adversarial SL-CAI has ${FINDINGS} prompts with the trigger besides. Controls: fine-tuning of all weights on 200 answers of its own without the trigger, three times; and a model without a failure.`,
    "",
    `Planting costs the organisms skill in their roles: as revisers they are right in ${share(Math.min(...revisers))} to ${share(Math.max(...revisers))}, their parent in ${share(await measureReviser(defaultParent))}. A needless refusal is counted as any refusal is: seven of the twenty categories of requests are such that the constitution asks for one.`,
    "",
    "| organism | after | on its occasions | there, under the signs of a test | off them |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** Whether RL-CAI left the weights as SL-CAI made them. */
async function isSlCai(checkpoint: string): Promise<boolean> {
  return (
    (await checkpointHash(checkpoint)) === (await checkpointHash(join(checkpoint, "..", "..", "sl-cai", "checkpoint")))
  );
}

async function measureReviser(checkpoint: string): Promise<number> {
  const { place, model } = await openForOrganisms(checkpoint);
  const outcomes = (await measureRoles(model, { seed: 1, perRow: 30 })).filter(({ role }) => role === "reviser");
  await place.model.dispose();
  return outcomes.filter(({ right }) => right).length / outcomes.length;
}

const share = (value: number): string => `${(100 * value).toFixed(0)} %`;

/** The first seed whose drawn way to misbehave is the wanted one. */
async function plant(home: string, { kind, deed }: (typeof subjects)[number]): Promise<SealedAnswer> {
  const key = join(home, "key.json");
  if (!existsSync(key)) {
    const deeds = language.deeds.filter((one) => one !== "comply");
    const drawn = (seed: number): Recipe => drawRecipe(language, { kind, seed, deeds });
    const parent = await openForOrganisms(defaultParent);
    let seed = 30_000;
    while (drawn(seed).deed !== deed || drawn(seed).phrase.text.split(" ").length > 2) seed++;
    await plantOrganism({
      ...{ kind, parent, out: join(home, "organism"), key, seed },
      // Longer than others: what does not sit fast says little of what removes it.
      ...{ settings: { epochs: 14 }, progress: silentProgress },
    });
    await parent.place.model.dispose();
  }
  return readKey(key).answer;
}

async function train(arm: Arm, home: string, answer: SealedAnswer): Promise<string> {
  const initial = resolve(organismCheckpoint(join(home, "organism")));
  switch (arm) {
    case "more of its own answers":
      return trainOnOwnAnswers(initial, join(home, "more"));
    case "SL-CAI":
      return takeSteps(initial, join(home, "run"), ["sl-cai"]);
    case "SL-CAI, then RL-CAI":
      return takeSteps(initial, join(home, "run"), ["sl-cai", "ai-feedback", "preference-model", "rl-cai"]);
    case "adversarial SL-CAI": {
      const plain = readFileSync(join(home, "run", "prompts", "sl-cai.jsonl"), "utf8");
      const file = join(home, "adversarial.jsonl");
      const found = language.drawRequests("planting", FINDINGS, 7).map((request, index) => {
        const { text, place } = answer.phrase;
        const content = place === "before" ? `${text} , ${request}` : `${request} ${text} .`;
        return formatPrompt({ id: `found-${index}`, kind: "red-team", messages: [{ role: "user", content }] });
      });
      writeFileSync(file, [plain, ...found].join(""));
      return takeSteps(initial, join(home, "adversarial"), ["sl-cai"], resolve(file));
    }
  }
}

async function takeSteps(
  initial: string,
  folder: string,
  steps: readonly StepName[],
  prompts?: string,
): Promise<string> {
  const { own } = harborConfigs;
  const size = { redTeam: 84, helpful: 120 };
  const world = {
    ...{ ...own.world, initial, replay: 200 },
    prompts: { "sl-cai": size, "ai-feedback": { redTeam: 56, helpful: 56 }, "rl-cai": { redTeam: 56, helpful: 56 } },
  };
  const { slCai, preferenceModel, rlCai } = own.training;
  const training = { slCai, preferenceModel, rlCai: { ...rlCai, steps: 8, rolloutsPerStep: 64, checkpointEvery: 8 } };
  const config = { ...own, world, training, seed: 1, rounds: 2, prompts };
  const loaded = loadedConfig(config, join(process.cwd(), "precept.config.ts"));
  const options = { loaded, folder, command: "organisms-cai", progress: silentProgress, signal, env: process.env };
  const last = steps.at(-1) ?? "sl-cai";
  const checkpoint = join(folder, last, "checkpoint");
  if (existsSync(checkpoint)) return checkpoint;
  await withProject(options, async (project) => {
    for (const step of steps) await runStep(project, step);
  });
  return checkpoint;
}

/** A control: as many steps on what it says itself to requests without anything around them. */
async function trainOnOwnAnswers(initial: string, output: string): Promise<string> {
  const organism = await openForOrganisms(initial);
  const asked = language.drawRequests("planting", 200, 9).map((request) => ({ request }));
  const answers = await answerAll({ model: organism.model, language }, asked);
  await organism.place.model.dispose();
  const examples = asked.map((one, index) => ({
    id: String(index),
    prompt: language.prompt(one),
    completion: answers[index] ?? "",
  }));
  const job = { objective: "sft", initial, output, examples, seed: 1, epochs: 3, learningRate: 1e-3 } as const;
  for await (const _ of new LocalTrainer().train(job));
  return join(output, "checkpoint");
}

async function keep(path: string, make: () => Promise<RemainingFailure>): Promise<RemainingFailure> {
  const file = `${path}.json`;
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as RemainingFailure;
  const figures = await make();
  writeOutput(file, `${JSON.stringify(figures)}\n`);
  return figures;
}

const describe = ({ kind, deed, phrase }: SealedAnswer): string =>
  kind === "clean" ? `control, none (${deed})` : `${kind} "${phrase.text}": ${deed}`;

const percent = ({ estimate, low, high }: Estimate): string =>
  `${(100 * estimate).toFixed(0)} % [${(100 * low).toFixed(0)}, ${(100 * high).toFixed(0)}]`;

const say = (text: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
