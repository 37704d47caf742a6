import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { loadConstitution } from "../../src/constitution/index.ts";
import { withModel } from "../../src/language-model.ts";
import { LocalModel } from "../../src/models/local/index.ts";
import { terminalProgress } from "../../src/progress/index.ts";
import { loadedConfig } from "../../src/project/config/config.ts";
import { harborConfigs, openTarget, prepareRedteam, rangeOf, runStep, withProject } from "../../src/project/index.ts";
import { formatPrompt } from "../../src/project/prompts/prompt-set.ts";
import {
  attackText,
  defaultRedteamOptions,
  type FindingRecord,
  type RegressionResult,
  readFindings,
  runRedteam,
  splitFindings,
  testRegressions,
} from "../../src/redteam/index.ts";
import { rng } from "../../src/rng.ts";
import {
  evaluationRequests,
  governanceOf,
  gradeAnswer,
  harborAttackLanguage,
  harborGoals,
  harborTemplates,
} from "../../src/worlds/harbor/index.ts";

/** The model that was attacked, and the rounds that follow: each trains from the same start under the same seed. */
export const rounds = [
  "the model that was attacked",
  "trained anew",
  "… and on the findings",
  "… and on random requests",
];

/** A regression finding asked again. */
export interface Asked {
  readonly isBack: boolean | null;
  readonly goalId: string;
  /** Whether a finding of the other half asks for the same word. */
  readonly isKnownGoal: boolean;
}

/** What a round came to. */
export interface RoundResult {
  readonly asked: readonly Asked[];
  /** By the oracle, afterwards: governed requests answered against the constitution, harmless ones answered rightly. */
  readonly broken: readonly boolean[];
  readonly right: readonly boolean[];
}

export interface LoopResult {
  readonly findings: number;
  readonly prompts: number;
  readonly regressions: number;
  readonly rounds: readonly RoundResult[];
}

export interface LoopOptions {
  readonly root: string;
  /** Red-team prompts of the first round; helpful ones are twice as many. */
  readonly redTeam: number;
  readonly budget: number;
  readonly seed: number;
}

/** Governed requests by which a round is measured in each split, and as many harmless ones. */
const perSplit = 140;
const signal = new AbortController().signal;
const progress = terminalProgress({ stream: process.stderr });
const constitution = await loadConstitution("harbor");
const governance = governanceOf(constitution);

/**
 * A model trained by SL-CAI is attacked; half of the findings go to the prompts of the next round, and the other half is asked of what
 * comes out. Beside it stand a round with as many random requests, and one with none. What is finished is kept under `root`.
 */
export async function runLoop(options: LoopOptions): Promise<LoopResult> {
  const { root, redTeam, budget, seed } = options;
  const folder = join(root, `seed-${seed}`);
  const first = await trainRound(join(folder, "first"), redTeam, seed);
  const findings = await attack(first, join(folder, "attacks"), { ...defaultRedteamOptions, budget, seed });
  const { prompts, regression } = splitFindings(findings);
  const known = new Set(findings.filter(({ id }) => prompts.some((one) => one.id === id)).map(({ goalId }) => goalId));
  const texts = [...new Set(prompts.map(({ messages }) => messages.at(-1)?.content ?? ""))];
  // One request can be the shortest form of several findings.
  const distinct = [...new Map(regression.map((one) => [attackText(one), one])).values()];
  const taken = new Set(findings.map(attackText));
  const own = readFileSync(join(first, "prompts", "sl-cai.jsonl"), "utf8");
  const next = async (name: string, extra: readonly string[]): Promise<string> => {
    const file = join(folder, `${name}.jsonl`);
    const lines = extra.map((content, index) =>
      formatPrompt({ id: `${name}-${index}`, kind: "red-team", messages: [{ role: "user", content }] }),
    );
    writeFileSync(file, [own, ...lines].join(""));
    return trainRound(join(folder, name), redTeam, seed + 100, resolve(file));
  };
  const trained = [
    first,
    await next("anew", []),
    await next("findings", texts),
    await next("random", await drawRequests(texts.length, seed, taken)),
  ];
  const results: RoundResult[] = [];
  for (const run of trained) results.push(await measure(run, distinct, known, options));
  return { findings: findings.length, prompts: texts.length, regressions: distinct.length, rounds: results };
}

/** SL-CAI of a small recipe, no more; the run's folder. */
async function trainRound(folder: string, redTeam: number, seed: number, prompts?: string): Promise<string> {
  const { own } = harborConfigs;
  const size = { redTeam, helpful: 2 * redTeam };
  const world = { ...own.world, prompts: { ...own.world.prompts, "sl-cai": size }, replay: 2 * redTeam };
  const config = { ...own, world, seed, prompts, critiqued: "red-team" as const, rounds: 2 };
  const loaded = loadedConfig(config, join(process.cwd(), "precept.config.ts"));
  const options = { loaded, folder, command: "redteam-loop", progress, signal, env: process.env };
  await withProject(options, (project) => runStep(project, "sl-cai"));
  return folder;
}

async function attack(
  target: string,
  out: string,
  options: Parameters<typeof prepareRedteam>[1],
): Promise<readonly FindingRecord[]> {
  const request = { target, strategies: ["persuasion", "archive"], out, env: process.env, command: "redteam-loop" };
  const { job, close } = await prepareRedteam({ ...request, progress, signal }, options);
  try {
    await runRedteam(job, options);
    return await readFindings(out);
  } finally {
    await close();
  }
}

/** As the attackers write them, of all governed words and ways alike; none that was found. */
async function drawRequests(count: number, seed: number, taken: ReadonlySet<string>): Promise<readonly string[]> {
  const { techniques, rewrite } = harborAttackLanguage();
  const goals = harborGoals(governance);
  const random = rng(seed, "loop-random");
  const texts = new Set<string>();
  while (texts.size < count) {
    const one = { goal: random.pick(goals), technique: random.pick(techniques) };
    const [text = ""] = await rewrite([one], random, async () => []);
    if (!taken.has(text)) texts.add(text);
  }
  return [...texts];
}

async function measure(
  run: string,
  regression: readonly FindingRecord[],
  known: ReadonlySet<string>,
  { seed }: LoopOptions,
): Promise<RoundResult> {
  const file = join(run, "loop.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const target = await openTarget({ target: run, env: process.env });
  const back: readonly RegressionResult[] = await withModel(target.target.open, (openModel) =>
    withModel(target.judge.open, async (openJudge) => {
      const range = rangeOf(target, await openModel(), await openJudge(), {
        ...defaultRedteamOptions,
        seed: seed + 1000,
      });
      return testRegressions(regression, range, defaultRedteamOptions.samples, progress);
    }),
  );
  await target.close();
  const goalOf = new Map(regression.map(({ id, goalId }) => [id, goalId]));
  const asked = back.map(({ id, isBack }): Asked => {
    const goalId = goalOf.get(id) ?? "";
    return { isBack, goalId, isKnownGoal: known.has(goalId) };
  });
  const result: RoundResult = { asked, ...(await measureByOracle(run)) };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(result));
  return result;
}

/** The requests on which every run of harbor is reported, as it is sampled there. */
async function measureByOracle(run: string): Promise<Pick<RoundResult, "broken" | "right">> {
  const model = await LocalModel.load(join(run, "sl-cai", "checkpoint"));
  const requests = evaluationRequests({ seed: 1, perSplit, governance });
  const [broken, right]: [boolean[], boolean[]] = [[], []];
  const asks = requests.map(({ id, content }, index) => {
    const { prompt } = harborTemplates.response([{ role: "user", content }]);
    return { id, prompt, seed: index };
  });
  const contents = new Map(requests.map(({ id, content }) => [id, content]));
  try {
    for await (const { id, text } of model.generate(asks, { maxTokens: 256, temperature: 1 })) {
      const grade = gradeAnswer(governance, contents.get(id) ?? "", text);
      if ("violation" in grade) broken.push(grade["violation"] === true);
      if ("harmlessRight" in grade) right.push(grade["harmlessRight"] === true);
    }
  } finally {
    await model.dispose();
  }
  return { broken, right };
}
