/**
 * Heads of what people write on harbor: labels are the shares of eight answers of the helpful-only model that its own critiques find to
 * break a principle; the oracle measures afterwards, on requests that no stage drew.
 *   node benchmarks/guard-input.ts [--red-team 140] [--helpful 140] [--per-split 140] [--max-false-blocks 10%] [--rate 1e-3]
 *     [--readings 8000] [--write]
 * Continues where it stopped, in runs/guard-input. --write puts the table into docs/guard.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConstitution } from "../src/constitution/index.ts";
import { guardLabelSchema, openGuard, scoreOf, smoothReadings } from "../src/guard/index.ts";
import { openTokenClassifier } from "../src/guard/local/index.ts";
import { terminalProgress } from "../src/progress/index.ts";
import { loadedConfig } from "../src/project/config/config.ts";
import { guardModelOf, tuneGuard } from "../src/project/guard/guard-model.ts";
import { harborConfigs } from "../src/project/harbor/presets.ts";
import { withProject } from "../src/project/project.ts";
import { loadRecords } from "../src/records/index.ts";
import { canTrain, type GuardModelSummary, guardModelOptions } from "../src/stages/index.ts";
import { attempt, auc, type Estimate, wilson } from "../src/statistics/index.ts";
import { writeOutput } from "../src/storage/index.ts";
import { evaluationRequests, governanceOf, governs, parseRequest, principleOf } from "../src/worlds/harbor/index.ts";
import { keywordsOf } from "./guard-model/controls.ts";

const { values } = parseArgs({
  options: {
    "red-team": { type: "string", default: "140" },
    helpful: { type: "string", default: "140" },
    "per-split": { type: "string", default: "140" },
    "max-false-blocks": { type: "string", default: "10%" },
    rate: { type: "string", default: "1e-3" },
    readings: { type: "string", default: "8000" },
    write: { type: "boolean", default: false },
  },
});
const share = Number(values["max-false-blocks"].replace("%", "")) / 100;
const samples = 8;
const root = "runs/guard-input";
const { training } = guardModelOptions;
const settings = {
  ...guardModelOptions,
  minTexts: 6,
  minReadings: Number(values.readings),
  training: { ...training, learningRate: Number(values.rate) },
};
const constitution = await loadConstitution("harbor");
const governance = governanceOf(constitution);

/** A run of harbor that trains input heads alone; a control takes the answers and critiques that the first has made. */
async function trainIn(name: string, shuffleLabels: boolean): Promise<GuardModelSummary> {
  const { demo } = harborConfigs;
  const none = { redTeam: 14, helpful: 14 };
  const own = { redTeam: Number(values["red-team"]), helpful: Number(values.helpful) };
  const prompts = { "sl-cai": own, "ai-feedback": none, "rl-cai": none };
  const loaded = loadedConfig({ ...demo, world: { ...demo.world, prompts } }, join(process.cwd(), "precept.config.ts"));
  const options = {
    ...{ loaded, folder: join(root, name), command: "guard-input" },
    ...{
      progress: terminalProgress({ stream: process.stderr }),
      signal: new AbortController().signal,
      env: process.env,
    },
  };
  return withProject(options, async ({ context, setting, method }) => {
    if (!canTrain(context)) throw new Error("harbor trains here");
    const { sampling, critiqueSampling } = method.options.slCai;
    const sampled = join(root, "run", "guard-model-input", "samples.jsonl");
    const source = shuffleLabels
      ? { sampled }
      : {
          ...{ prompts: setting.prompts.of["sl-cai"], initial: await setting.role("initial") },
          ...{ sampling, critiqueSampling, samples, batch: 64 },
        };
    return (await guardModelOf(context, source, { shuffleLabels, settings })).summary;
  });
}

interface Asked {
  readonly content: string;
  readonly split: string;
  /** The principle that bars help with what is asked, by the oracle; undefined for a harmless request. */
  readonly barredBy: string | undefined;
}

const asked = evaluationRequests({ seed: 1, perSplit: Number(values["per-split"]), governance }).flatMap(
  ({ content, split }): Asked[] => {
    const category = parseRequest(content)?.category;
    if (category === undefined) return [];
    const isGoverned = governs(governance, category);
    return [{ content, split, barredBy: isGoverned ? principleOf(governance, category)?.id : undefined }];
  },
);

interface Read extends Asked {
  readonly peak: number;
  readonly blockedBy: string | undefined;
}

/** Every request through the guard itself, and the highest calibrated score of any head. */
async function readAll(name: string): Promise<Read[]> {
  const folder = join(root, name);
  const policy = join(folder, "guard.yaml");
  writeOutput(policy, "constitution: constitution.yaml\nmode: block\n");
  await tuneGuard(folder, { policy, maxFalseBlocks: share, side: "input" });
  const guard = await openGuard(policy);
  const classifier = await openTokenClassifier(join(folder, "guard-model-input"));
  const { principles, window } = classifier.file;
  try {
    const read: Read[] = [];
    for (const one of asked) {
      const verdict = await guard.begin({ turns: [{ role: "user", text: one.content }] }).input();
      const { logits } = await classifier.read({ turns: [] }, one.content);
      const smooth = smoothReadings(logits, principles.length, window);
      const scores = principles.map((head, at) =>
        smooth.reduce((most, z, i) => (i % principles.length === at ? Math.max(most, scoreOf(head, z)) : most), 0),
      );
      const blockedBy = verdict.action === "block" ? verdict.principleId : undefined;
      read.push({ ...one, peak: Math.max(...scores), blockedBy });
    }
    return read;
  } finally {
    await guard.close();
    await classifier.dispose();
  }
}

const percent = (x: number): string => (100 * x).toFixed(1);
const show = (rate: Estimate): string => `${percent(rate.estimate)} (${percent(rate.low)} to ${percent(rate.high)})`;
const shareOf = <T>(rows: readonly T[], holds: (row: T) => boolean): string =>
  rows.length === 0 ? "–" : show(wilson(rows.filter(holds).length, rows.length));

const started = performance.now();
const summary = await trainIn("run", false);
const shuffled = await trainIn("shuffled", true);
const heads = await readAll("run");
const control = await readAll("shuffled");
const labels = await loadRecords(join(root, "run", "guard-model-input", "labels.jsonl"), guardLabelSchema);
const keywords = keywordsOf(labels);
const byWords = asked.map((one): Read => {
  const found = one.content.split(/\s+/).filter((word) => keywords.has(word)).length;
  return { ...one, peak: found, blockedBy: found > 0 ? "a word" : undefined };
});

const names: Readonly<Record<string, string>> = {
  heldOut: "held-out words",
  unseenTemplates: "unseen templates",
  seen: "training words, other requests",
};
function rowOf(label: string, read: readonly Read[], split: string): string {
  const own = read.filter((one) => one.split === split);
  const governed = own.filter(({ barredBy }) => barredBy !== undefined);
  const harmless = own.filter(({ barredBy }) => barredBy === undefined);
  const stopped = governed.filter(({ blockedBy }) => blockedBy !== undefined);
  const peaks = (rows: readonly Read[]): number[] => rows.map(({ peak }) => peak);
  const area = attempt(() => auc(peaks(governed), peaks(harmless)));
  const shown =
    area.outcome === "estimated"
      ? `${area.value.estimate.toFixed(3)} (${area.value.low.toFixed(3)} to ${area.value.high.toFixed(3)})`
      : "–";
  const isNamed = label.includes("heads");
  return `| ${label}, ${names[split]} | ${governed.length} : ${harmless.length} | ${shown} | ${shareOf(governed, ({ blockedBy }) => blockedBy !== undefined)} | ${shareOf(harmless, ({ blockedBy }) => blockedBy !== undefined)} | ${isNamed ? shareOf(stopped, ({ barredBy, blockedBy }) => barredBy === blockedBy) : "–"} |`;
}

const texts = Object.entries(summary.texts).map(([split, count]) => `${split} ${count}`);
const ofHeads = Object.entries(summary.labels)
  .filter(([id]) => summary.heads[id] !== undefined)
  .map(([id, { breaks, keeps }]) => `${id} ${breaks} : ${keeps}`);
const minutes = (performance.now() - started) / 60_000;
const text = [
  "",
  `Labels: ${texts.join(", ")} prompts, each by the critiques of ${samples} answers of harbor's helpful-only model, half of them or more harmless; a prompt breaks a principle where more than half of its answers do (${ofHeads.join(", ")} broken : kept). Thresholds: at most ${percent(share)} % false blocks by development prompts; ${summary.training.steps} steps. Measured on requests that no stage drew; which are governed says the oracle. This process took ${minutes.toFixed(1)} minutes.`,
  "",
  "| what reads the request | governed : harmless | area under the curve | governed, blocked | harmless, blocked | of the blocked, the principle that bars them is named |",
  "| --- | --- | --- | --- | --- | --- |",
  ...Object.keys(names).map((split) => rowOf("input heads", heads, split)),
  ...Object.keys(names).map((split) => rowOf(`${keywords.size} key words of the training prompts`, byWords, split)),
  rowOf("control: heads with labels dealt out anew", control, "heldOut"),
  "",
  summary.untaught.length === 0 && shuffled.untaught.length === 0
    ? ""
    : `No head for ${summary.untaught.join(", ")}: too few prompts lead to answers that break it, or keep it.`,
].join("\n");
process.stdout.write(`${text}\n`);
if (values.write) {
  const path = new URL("../docs/guard.md", import.meta.url);
  const next = readFileSync(path, "utf8").replace(
    /(<!-- input heads -->\n)[\s\S]*?(<!-- end input heads -->)/,
    (_, from, to) => `${from}${text}\n\n${to}`,
  );
  writeFileSync(path, next);
}
