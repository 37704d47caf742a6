import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PreceptError } from "../../../src/errors.ts";
import { gitCommit } from "../../../src/storage/index.ts";
import { modelsFolder } from "../../models/fetch.ts";
import { fetchedModels } from "../../models/table.ts";
import { writeSection } from "../section.ts";
import { type Arm, type ArmPlace, arms, helper, policy } from "./arms.ts";
import { measureCapability } from "./capability.ts";
import { collectRun, setOf } from "./collect.ts";
import { findData, readFormSplits, readHarmlessTexts, readValuesSplits } from "./data.ts";
import { findMeasured, measuredFolder, measuredName, readMeasured, writeMeasured } from "./measured.ts";
import { measuredPrompts, type RunArmOptions, runArm } from "./run-arm.ts";
import { seeds } from "./table.ts";
import { writeTables } from "./tables.ts";

export interface RealFlags {
  /** Names of arms; default all. */
  readonly only?: string | undefined;
  readonly seeds?: string | undefined;
  /** Default development: the test sets are read once, when all settings are chosen. */
  readonly split?: string | undefined;
  /** Share of the training prompts; four times that of the development prompts. */
  readonly scale?: string | undefined;
  readonly root: string;
  /** Only writes the tables of what is measured. */
  readonly tables: boolean;
}

/** The clone's folder: the command may be called from a project that has llama.cpp's package. */
const clone = new URL("../../../", import.meta.url).pathname;

/**
 * Measures arms that are not measured yet, one after the other, and writes the tables of docs/real-experiments.md. Where data or
 * models are absent nothing is measured, and it says what is missing. Returns the exit status.
 */
export async function measureReal(flags: RealFlags): Promise<number> {
  let status = 0;
  try {
    if (!flags.tables) await measureArms(flags);
  } catch (error) {
    if (!(error instanceof PreceptError)) throw error;
    const isAbsent = error.code === "checkpoint-missing" || error.code === "input-invalid";
    console.error(`${isAbsent ? "Skipped. " : ""}${error.message}`);
    if (!isAbsent) status = 2;
  }
  writeTables(readMeasured(measuredFolder), (name, body) =>
    writeSection(name, body, `${clone}docs/real-experiments.md`),
  );
  return status;
}

async function measureArms(flags: RealFlags): Promise<void> {
  const wanted = chooseArms(flags.only);
  const split = readSplit(flags.split);
  const data = findData(clone);
  const models = { policy: `local:${findModel(policy)}`, helper: `llamacpp:${findModel(helper)}` };
  const splits = { values: readValuesSplits(data), form: readFormSplits(data) };
  const scale = Number(flags.scale ?? 1);
  for (const seed of flags.seeds?.split(",").map(Number) ?? seeds) {
    for (const arm of wanted) {
      const place = { seed, models, split, scale, data, root: clone, runs: resolve(flags.root, "real") };
      await measureArm(arm, { ...place, splits: splits[arm.experiment] });
    }
  }
}

/**
 * A finished arm is a file, and not measured again: delete it to measure it anew. What its training cost in other respects is
 * measured last, and added to the file, so that a process that is stopped there loses nothing.
 */
async function measureArm(arm: Arm, options: RunArmOptions & { readonly data: string }): Promise<void> {
  const { seed, split, scale } = options;
  const name = { arm: arm.name, seed, split, scale };
  const started = Date.now();
  let measured = findMeasured(measuredFolder, name);
  if (measured === undefined) {
    const run = await runArm(arm, options);
    const prompts = measuredPrompts(options);
    measured = {
      ...name,
      date: new Date().toISOString().slice(0, 10),
      commit: gitCommit() ?? "unknown",
      models: Object.fromEntries([policy, helper].map((model) => [model, fetchedModels[model]?.sha256 ?? ""])),
      prompts: Object.fromEntries([...Map.groupBy(prompts, setOf)].map(([set, own]) => [set, own.length])),
      ...(await collectRun(run, arm, prompts)),
    };
    const path = writeMeasured(measuredFolder, measured);
    console.error(`${path}: ${((Date.now() - started) / 60_000).toFixed(1)} min`);
  } else console.error(`${measuredName(name)}: measured before`);
  // The questions of TruthfulQA are what the principle of form is trained on.
  if (split !== "test" || arm.experiment !== "values" || measured.capability !== undefined) return;
  const run = await runArm(arm, options);
  const { root, data, splits } = options;
  const texts = readHarmlessTexts(data, splits.train);
  const capability = await measureCapability(run, { root, data, texts, items: 100 });
  console.error(
    `${writeMeasured(measuredFolder, { ...measured, capability })}: and what training cost in other respects`,
  );
}

function chooseArms(only: string | undefined): readonly Arm[] {
  const names = only?.split(",");
  const unknown = names?.filter((name) => !arms.some((arm) => arm.name === name)) ?? [];
  if (unknown.length === 0) return arms.filter(({ name }) => names === undefined || names.includes(name));
  throw new PreceptError("usage", {
    attempted: "Choosing arms of the real experiments",
    found: `--only ${unknown.join(",")}`,
    expected: arms.map(({ name }) => name).join(", "),
  });
}

function readSplit(split = "development"): ArmPlace["split"] {
  if (split === "development" || split === "test") return split;
  throw new PreceptError("usage", {
    attempted: "Choosing what is measured",
    found: `--split ${split}`,
    expected: "development, on which settings are chosen, or test, which is read once at the end",
  });
}

/** The file of a model that `npm run models` brought. @throws PreceptError checkpoint-missing where it is not there. */
function findModel(name: string): string {
  const path = join(modelsFolder(), name, fetchedModels[name]?.file ?? "");
  if (existsSync(path)) return path;
  throw new PreceptError("checkpoint-missing", {
    attempted: `Opening ${name}`,
    found: `no file ${path}`,
    remedy: `npm run models -- ${name}; PRECEPT_MODELS names another folder`,
  });
}
