import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { paperRender, type Render, type Subject } from "../evaluation/benchmark/index.ts";
import { openModel } from "../models/index.ts";
import { LocalModel } from "../models/local/index.ts";
import { committedCheckpoint } from "../project/index.ts";
import { readManifest } from "../runs/index.ts";
import { contentHash, hashFolder } from "../storage/index.ts";
import { harborTemplates, marker } from "../worlds/harbor/index.ts";

/** What a person named: a run with its checkpoints, or one model. */
export interface Target {
  /** Its folder, where results go unless told otherwise; undefined for a model. */
  readonly run?: string;
  readonly constitutionHash?: string | undefined;
  readonly subjects: readonly Subject[];
  /** All of them speak harbor's language and nothing else. */
  readonly isHarbor: boolean;
}

/** A run directory, a checkpoint folder, "local:FOLDER", or "provider:model". @throws PreceptError usage, checkpoint-missing. */
export async function targetOf(text: string): Promise<Target> {
  const folder = text.startsWith("local:") ? text.slice("local:".length) : text;
  if (existsSync(join(folder, "manifest.json"))) return runTarget(folder);
  if (existsSync(join(folder, "config.json"))) {
    const isHarbor = speaksHarbor(folder);
    return { subjects: [await localSubject(basename(resolve(folder)), folder)], isHarbor };
  }
  if (text.startsWith("local:") || statSync(text, { throwIfNoEntry: false }) !== undefined) {
    throw new PreceptError("checkpoint-missing", {
      attempted: `Looking for a model in ${folder}`,
      found: existsSync(folder) ? "neither manifest.json nor config.json" : "no such folder",
      expected: "a run, or a checkpoint folder in Hugging Face's format",
      remedy: "check the path; a hosted model is named provider:model",
    });
  }
  return { subjects: [hostedSubject(text)], isHarbor: false };
}

/** Whether a name stands for a folder or file that runs in this process, at no price. */
export function isInProcess(text: string): boolean {
  return /^(?:local|llamacpp):/.test(text) || existsSync(text);
}

/** A model by name, for attacking and judging as well. */
export async function subjectOf(text: string): Promise<Subject> {
  const { subjects } = await targetOf(text);
  const [only, ...others] = subjects;
  if (only !== undefined && others.length === 0) return only;
  throw new PreceptError("usage", {
    attempted: `Opening the model ${text}`,
    found: `a run with ${subjects.length} checkpoints`,
    expected: "one model",
    remedy: `give one of its checkpoints, e.g. local:${join(text, "rl-cai", "checkpoint")}`,
  });
}

async function runTarget(folder: string): Promise<Target> {
  const manifest = readManifest(folder);
  const isHarborRun = manifest?.config["world"] === "harbor";
  const own = ["initial", "sl-cai", "rl-cai"].map((name) => ({ name, path: join(folder, name, "checkpoint") }));
  const checkpoints = own.flatMap(({ name, path }) => {
    if (existsSync(join(path, "config.json"))) return [{ name, path }];
    return name === "initial" && isHarborRun ? [{ name, path: committedCheckpoint }] : [];
  });
  if (checkpoints.length === 0) {
    throw new PreceptError("checkpoint-missing", {
      attempted: `Looking for checkpoints in ${folder}`,
      found: "none",
      expected: "a run whose stage sl-cai is closed",
      remedy: `precept sl-cai ${folder}`,
    });
  }
  const subjects = await Promise.all(checkpoints.map(({ name, path }) => localSubject(name, path)));
  const constitutionHash = manifest?.inputs["constitution"];
  return {
    ...{ run: folder, subjects, isHarbor: checkpoints.every(({ path }) => speaksHarbor(path)) },
    constitutionHash,
  };
}

async function localSubject(name: string, folder: string): Promise<Subject> {
  const hash = await hashFolder(folder);
  if (speaksHarbor(folder)) return { name, hash, open: () => LocalModel.load(folder), render: harborRender };
  const render = hasChatFormat(folder) ? {} : { render: paperRender };
  return { name, hash, open: () => openModel(`local:${folder}`), ...render };
}

function hostedSubject(text: string): Subject {
  return { name: text, hash: contentHash({ model: text }), open: () => openModel(text) };
}

const harborRender: Render = (messages) => harborTemplates.response(messages);

/** Whether a checkpoint's tokenizer knows harbor's markers. */
function speaksHarbor(folder: string): boolean {
  const path = join(folder, "tokenizer.json");
  if (!existsSync(path) || statSync(path).size > 1_000_000) return false;
  const text = readFileSync(path, "utf8");
  return [marker.assistant, marker.critique, marker.better].every((token) => text.includes(token));
}

const tokenizerConfig = z.looseObject({ chat_template: z.unknown() }).partial();

function hasChatFormat(folder: string): boolean {
  if (existsSync(join(folder, "chat_template.jinja"))) return true;
  const path = join(folder, "tokenizer_config.json");
  if (!existsSync(path)) return false;
  const config = tokenizerConfig.safeParse(JSON.parse(readFileSync(path, "utf8")));
  return config.success && config.data.chat_template !== undefined;
}
