import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../../src/progress/index.ts";
import { readRecords } from "../../src/records/index.ts";
import { clusteredRate, type Estimate } from "../../src/statistics/index.ts";
import {
  loadSteeringTask,
  measureSteering,
  rungNames,
  type SteeringTrial,
  steeringSubject,
  steeringTrialSchema,
} from "../../src/steering/index.ts";
import { writeTasks } from "./tasks.ts";

export interface LadderOptions {
  readonly model: string;
  readonly items: number;
  readonly formats: number;
  readonly out: string;
  readonly progress: Progress;
}

/** Every task on every rung, as a table; a stopped measurement goes on. */
export async function measureLadder({ model, items, formats, out, progress }: LadderOptions): Promise<string> {
  const trials: SteeringTrial[] = [];
  for (const written of writeTasks(items)) {
    const folder = join(out, written.name);
    mkdirSync(out, { recursive: true });
    writeFileSync(`${folder}.yaml`, JSON.stringify(written, null, 1));
    await measureSteering(await loadSteeringTask(`${folder}.yaml`), {
      subjects: [await steeringSubject(model, { cache: false })],
      rungs: rungNames,
      formats,
      repeat: 1,
      temperature: 0,
      seed: 1,
      folder,
      command: "benchmarks/steering.ts",
      progress,
    });
    for await (const trial of readRecords(join(folder, "trials", "records.jsonl"), steeringTrialSchema))
      trials.push(trial);
  }
  return ladderTable(trials);
}

const percent = ({ estimate, low, high }: Estimate): string =>
  [estimate, low, high]
    .map((value) => (100 * value).toFixed(0))
    .join(" ")
    .replace(/^(\S+) (\S+) (\S+)$/, "$1 [$2–$3]");
const share = (some: readonly SteeringTrial[], of: (trial: SteeringTrial) => boolean): string =>
  percent(
    clusteredRate(
      some.map(of),
      some.map(({ itemId }) => itemId),
    ),
  );

function ladderTable(trials: readonly SteeringTrial[]): string {
  const rows = rungNames.map((rung) => {
    const own = trials.filter((trial) => trial.rung === rung);
    const byFormat = [...Map.groupBy(own, ({ format }) => format).values()].map(
      (group) => (100 * group.filter(({ right }) => right).length) / group.length,
    );
    const byTask = [...Map.groupBy(own, ({ itemId }) => itemId.replace(/-.*/, "")).values()].map((group) =>
      ((100 * group.filter(({ right }) => right).length) / group.length).toFixed(0),
    );
    const cells = [
      rung,
      share(own, ({ parsed }) => parsed),
      share(own, ({ fits }) => fits),
      share(own, ({ right }) => right),
      byTask.join(", "),
      `${Math.min(...byFormat).toFixed(0)}–${Math.max(...byFormat).toFixed(0)}`,
      ((100 * own.filter(({ repaired }) => repaired).length) / own.length).toFixed(0),
      (own.reduce((sum, { tokens }) => sum + tokens.completionTokens, 0) / own.length).toFixed(0),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const grammar = trials.filter(({ rung }) => rung === "grammar");
  const cut = trials.filter(({ rung, fault }) => rung.includes("grammar") && fault === "length").length;
  return [
    `${new Set(trials.map(({ itemId }) => itemId)).size} items of 3 tasks (${writeTasks(1)
      .map((task) => task.name)
      .join(
        ", ",
      )}), each in ${new Set(trials.map(({ format }) => format)).size} wordings, ${trials.length} answers; greedy; percent, 95 % intervals over items.`,
    "",
    "| rung | parses | fits | right | right by task | right by wording | mended | tokens |",
    "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ...rows,
    "",
    `Control: under the grammar alone ${grammar.filter(({ fits }) => fits).length} of ${grammar.length} answers fit the schema and ${grammar.filter(({ right }) => right).length} are right. Valid is not right. Answers under the grammar that were cut by the limit of tokens: ${cut}; no other one failed to fit (${trials.filter(({ rung, fits, fault }) => rung.includes("grammar") && !fits && fault !== "length").length}).`,
  ].join("\n");
}
