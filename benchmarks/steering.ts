/**
 * What makes a small model write JSON that is right, and whether thinking is ever shown:
 *   node benchmarks/steering.ts [--items 10] [--formats 4] [--scratchpads 120] [--judged 35, 0 for none] [--out runs/steering] [--write]
 * The model is SmolLM2-135M-Instruct (`npm run models -- smollm2-135m-instruct`) by our own engine. After a stop the same
 * command continues. --write puts the tables into docs/steering.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openModel } from "../src/models/index.ts";
import { terminalProgress } from "../src/progress/index.ts";
import { readRecords } from "../src/records/index.ts";
import { clusteredRate, type Estimate } from "../src/statistics/index.ts";
import {
  loadSteeringTask,
  measureSteering,
  rungNames,
  type SteeringTrial,
  steeringSubject,
  steeringTrialSchema,
} from "../src/steering/index.ts";
import { modelsFolder } from "./models/fetch.ts";
import { fetchedModels } from "./models/table.ts";
import { judgeBothWays, judgeTable } from "./steering/judge.ts";
import { measureScratchpads, type ScratchpadFigures, writtenScratchpads } from "./steering/scratchpads.ts";
import { writeTasks } from "./steering/tasks.ts";

const { values } = parseArgs({
  options: {
    items: { type: "string", default: "10" },
    formats: { type: "string", default: "4" },
    scratchpads: { type: "string", default: "120" },
    judged: { type: "string", default: "35" },
    out: { type: "string", default: "runs/steering" },
    write: { type: "boolean", default: false },
  },
});

const name = "smollm2-135m-instruct";
const place = join(modelsFolder(), name, fetchedModels[name]?.file ?? "");
const progress = terminalProgress({ stream: process.stderr, env: process.env });
const started = performance.now();
mkdirSync(values.out, { recursive: true });

const trials: SteeringTrial[] = [];
for (const written of writeTasks(Number(values.items))) {
  const path = join(values.out, `${written.name}.yaml`);
  writeFileSync(path, JSON.stringify(written, null, 1));
  const folder = join(values.out, written.name);
  await measureSteering(await loadSteeringTask(path), {
    subjects: [await steeringSubject(`local:${place}`, { cache: false })],
    rungs: rungNames,
    formats: Number(values.formats),
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
const pads = await writtenScratchpads(
  () => openModel(`local:${place}`),
  Number(values.scratchpads),
  join(values.out, "scratchpads.json"),
);
const figures = measureScratchpads(pads, 200);

const judgement =
  values.judged === "0"
    ? undefined
    : judgeTable(
        await judgeBothWays(() => openModel(`local:${place}`), Number(values.judged), join(values.out, "judged.json")),
      );

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
const json = [
  `${new Set(trials.map(({ itemId }) => itemId)).size} items of 3 tasks (${writeTasks(1)
    .map((task) => task.name)
    .join(
      ", ",
    )}), each in ${values.formats} wordings, ${trials.length} answers; greedy; percent, 95 % intervals over items.`,
  "",
  "| rung | parses | fits | right | right by task | right by wording | mended | tokens |",
  "| --- | --: | --: | --: | --: | --: | --: | --: |",
  ...rows,
  "",
  `Control: under the grammar alone ${grammar.filter(({ fits }) => fits).length} of ${grammar.length} answers fit the schema and ${grammar.filter(({ right }) => right).length} are right. Valid is not right. Answers under the grammar that were cut by the limit of tokens: ${cut}; no other one failed to fit (${trials.filter(({ rung, fits, fault }) => rung.includes("grammar") && !fits && fault !== "length").length}).`,
].join("\n");

const row = (one: ScratchpadFigures): string =>
  `| ${[one.kind, one.n, one.withThinking, one.answers, one.exact, one.leaked, one.naiveLeaked].join(" | ")} |`;
const whole = figures.reduce((sum, { leaked }) => sum + leaked, 0);
const scratch = [
  `${pads.length} answers of the same model at temperature 0.8, two thirds of them after an example and half of those begun with <thinking> by us, and 200 changed ones; streamed in pieces of 1 to 9 signs. Shown thinking means ${16} signs in a row of it, or a tag.`,
  "",
  "| | n | with thinking | answer found | exact | thinking shown | by a naive splitter |",
  "| --- | --: | --: | --: | --: | --: | --: |",
  ...figures.map(row),
  "",
  `Thinking shown: ${whole} of ${figures.reduce((sum, { n }) => sum + n, 0)}. What the stream showed differed from the answer read whole ${figures.reduce((sum, { differs }) => sum + differs, 0)} times.`,
].join("\n");

process.stdout.write(
  `${json}\n\n${scratch}\n\n${judgement ?? ""}\n${((performance.now() - started) / 60_000).toFixed(1)} min\n`,
);
if (values.write) {
  const page = new URL("../docs/steering.md", import.meta.url);
  const put = (text: string, mark: string, figures: string): string =>
    text.replace(
      new RegExp(`(<!-- measured: ${mark} -->)[\\s\\S]*?(<!-- end -->)`),
      (_, start, end) => `${start}\n${figures}\n${end}`,
    );
  const own = put(put(readFileSync(page, "utf8"), "json", json), "scratchpads", scratch);
  writeFileSync(page, judgement === undefined ? own : put(own, "judge", judgement));
}
