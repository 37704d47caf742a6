import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { isGgufName, openModel } from "../../models/index.ts";
import { readRun } from "../../runs/index.ts";
import { checkpointPlace, contentHash, hashModel } from "../../storage/index.ts";
import { paperRender, type Subject } from "../benchmark/index.ts";
import { checkpointNames } from "../summary.ts";
import type { EmbeddedWorld } from "./world.ts";

/** The subjects that a person named: a run's checkpoints, or one model. */
export interface FoundSubjects {
  /** As the person wrote it. */
  readonly text: string;
  /** The run's folder, where results go unless told otherwise; undefined for a model. */
  readonly run?: string;
  readonly constitutionHash?: string | undefined;
  readonly subjects: readonly Subject[];
  /** Set where all of them speak its language and nothing else. */
  readonly world?: EmbeddedWorld | undefined;
}

/** A run directory, a checkpoint folder, a GGUF file, "local:" before either, or "provider:model". @throws PreceptError usage, checkpoint-missing. */
export async function findSubjects(text: string, worlds: readonly EmbeddedWorld[] = []): Promise<FoundSubjects> {
  const given = text.startsWith("local:") ? text.slice("local:".length) : text;
  const start = await startOfWorld(given, worlds);
  if (start !== undefined) return { ...start, text };
  const folder = checkpointPlace(given);
  if (existsSync(join(folder, "manifest.json"))) return subjectsOfRun(text, folder, worlds);
  if (isModelFolder(folder)) {
    const world = worldOf(folder, worlds);
    const name = folder === given ? basename(resolve(folder)) : basename(given);
    return { text, subjects: [await localSubject(name, folder, world)], world };
  }
  if (text.startsWith("local:") || isGgufName(text) || statSync(text, { throwIfNoEntry: false }) !== undefined) {
    throw new PreceptError("checkpoint-missing", {
      attempted: `Looking for a model in ${folder}`,
      found: existsSync(folder) ? "neither manifest.json nor config.json nor adapter_config.json" : "nothing there",
      expected: "a run, a checkpoint folder in Hugging Face's format, an adapter's in PEFT's, or a GGUF file",
      remedy: "check the path; a hosted model is named provider:model",
    });
  }
  return { text, subjects: [{ name: text, hash: contentHash({ model: text }), open: () => openModel(text) }] };
}

/** A checkpoint's folder, an adapter's, or a GGUF file. */
const isModelFolder = (folder: string): boolean =>
  (isGgufName(folder) && existsSync(folder)) ||
  ["config.json", "adapter_config.json"].some((file) => existsSync(join(folder, file)));

/** Whether a name stands for a folder or file that runs in this process, at no price. */
export function isInProcess(text: string): boolean {
  const isNamed = /^(?:local|llamacpp):/.test(text) || runBegunFrom(text) !== undefined;
  return isNamed || existsSync(checkpointPlace(text));
}

/** A model by name, for attacking and judging as well. @throws PreceptError usage for a run of several checkpoints. */
export async function findSubject(text: string, worlds: readonly EmbeddedWorld[] = []): Promise<Subject> {
  const { subjects } = await findSubjects(text, worlds);
  const [only, ...others] = subjects;
  if (only !== undefined && others.length === 0) return only;
  throw new PreceptError("usage", {
    attempted: `Opening the model ${text}`,
    found: `a run with ${subjects.length} checkpoints`,
    expected: "one model",
    remedy: `give one of its checkpoints, e.g. ${text}@${subjects.at(-1)?.name}`,
  });
}

async function subjectsOfRun(text: string, folder: string, worlds: readonly EmbeddedWorld[]): Promise<FoundSubjects> {
  const { manifest } = readRun(folder);
  const ofRun = worlds.find(({ name }) => name === worldNameIn(manifest.config));
  const start = ofRun === undefined ? await startOf(folder) : undefined;
  const checkpoints = [...checkpointNames, "train"].flatMap((name) => {
    const path = join(folder, name, "checkpoint");
    if (name === "initial" && start !== undefined) return [{ name, path: start }];
    // What a training job made is the model that its run is named after.
    if (isModelFolder(path)) return [{ name: name === "train" ? basename(resolve(folder)) : name, path }];
    return name === "initial" && ofRun !== undefined ? [{ name, path: ofRun.initial }] : [];
  });
  if (checkpoints.length === 0) {
    throw new PreceptError("checkpoint-missing", {
      attempted: `Looking for checkpoints in ${folder}`,
      found: "none",
      expected: "a run whose stage sl-cai or train is closed",
      remedy: `precept show ${folder} says what there is; precept export ${folder} --to trl writes data to train on elsewhere`,
    });
  }
  const spoken = checkpoints.map(({ path }) => worldOf(path, worlds));
  const subjects = await Promise.all(checkpoints.map(({ name, path }, i) => localSubject(name, path, spoken[i])));
  const [world] = spoken;
  return {
    text,
    run: folder,
    subjects,
    constitutionHash: manifest.inputs["constitution"],
    world: spoken.every((own) => own === world) ? world : undefined,
  };
}

/** The run of RUN@initial, where it holds no checkpoint of that name. */
function runBegunFrom(given: string): string | undefined {
  const [, run = ""] = /^(.+)@initial$/.exec(given) ?? [];
  const isRun = run !== "" && existsSync(join(run, "manifest.json"));
  return isRun && !isModelFolder(join(run, "initial", "checkpoint")) ? run : undefined;
}

/** RUN@initial of a run on a world, which keeps no copy of the checkpoint that all such runs begin with. */
async function startOfWorld(
  given: string,
  worlds: readonly EmbeddedWorld[],
): Promise<Omit<FoundSubjects, "text"> | undefined> {
  const run = runBegunFrom(given);
  if (run === undefined) return undefined;
  const { manifest } = readRun(run);
  const world = worlds.find(({ name }) => name === worldNameIn(manifest.config));
  if (world === undefined) return undefined;
  const subjects = [await localSubject("initial", world.initial, world)];
  return { run, subjects, constitutionHash: manifest.inputs["constitution"], world };
}

/** The model that a run's adapters stand on, where it is still there: what it began with. */
async function startOf(run: string): Promise<string | undefined> {
  const adapters = checkpointNames.map((name) => join(run, name, "checkpoint"));
  const adapter = adapters.find((folder) => existsSync(join(folder, "adapter_config.json")));
  if (adapter === undefined) return undefined;
  const { findBase } = await import("../../models/local/index.ts");
  const start = findBase(adapter);
  return isModelFolder(start) ? start : undefined;
}

const worldSchema = z.union([z.string(), z.looseObject({ name: z.string() }).transform(({ name }) => name)]);

function worldNameIn(config: Readonly<Record<string, unknown>>): string | undefined {
  return worldSchema.safeParse(config["world"]).data;
}

function worldOf(folder: string, worlds: readonly EmbeddedWorld[]): EmbeddedWorld | undefined {
  return worlds.find((world) => world.isSpokenBy(folder));
}

async function localSubject(name: string, folder: string, world: EmbeddedWorld | undefined): Promise<Subject> {
  const hash = await hashModel(folder);
  if (world !== undefined) return { name, hash, open: () => world.open(folder), render: world.render };
  const { hasChatTemplate } = await import("../../models/local/index.ts");
  const render = (await hasChatTemplate(folder)) ? undefined : paperRender;
  return { name, hash, open: () => openModel(`local:${folder}`), render };
}
