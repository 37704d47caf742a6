import { createHash } from "node:crypto";
import { closeSync, openSync, renameSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  type PromptItem,
  type PromptKind,
  type PromptSource,
  promptItemSchema,
  type Row,
  readRecords,
  readRow,
  readRows,
} from "../../records/index.ts";
import { contentHash, escapeId, hashText, IdSet, makeFolder, writeAll, writeWhole } from "../../storage/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import type { PromptFileSettings } from "../config/schema.ts";
import type { HubFile } from "./hub-prompts.ts";
import { readSystemPrompt, underSystemPrompt } from "./system-prompt.ts";

export interface PromptSetOptions {
  /** Leave out broken lines and count them, instead of refusing the file. */
  readonly skipBad?: boolean;
  /** Says what is wrong with a prompt that was read; nothing when it will do. */
  readonly check?: ((item: PromptItem) => string | undefined) | undefined;
  /** Called before the file is replaced; throws to keep the one that is there. */
  readonly accept?: (hash: string) => void;
  /** Files of a data set on the Hugging Face hub as files on this machine. */
  readonly download?: ((name: string, split?: string) => Promise<readonly HubFile[]>) | undefined;
}

/** The stages that take prompts. */
export const promptStages = ["sl-cai", "ai-feedback", "rl-cai"] as const;
export type PromptStage = (typeof promptStages)[number];

/** The prompts of a project, by stage; one set may serve all of them. */
export interface PromptSets {
  readonly of: Readonly<Record<PromptStage, PromptSource>>;
  /** Changes when any prompt of any set does. */
  readonly hash: string;
  /** Left out: broken lines, and prompts that stood there before. */
  readonly bad: number;
  readonly duplicates: number;
  /** The first few broken lines, "file:line: what". */
  readonly faults: readonly string[];
}

const shownFaults = 5;

/** Files in which a run keeps the prompts of its configuration, by stage. */
export function keptPaths(
  { config }: Pick<LoadedConfig, "config">,
  run: string,
): Readonly<Record<PromptStage, string>> {
  const isApart = config.prompts !== undefined && isByStage(config.prompts);
  const pathOf = (stage: PromptStage) =>
    isApart ? join(run, "prompts", `${stage}.jsonl`) : join(run, "prompts.jsonl");
  return { "sl-cai": pathOf("sl-cai"), "ai-feedback": pathOf("ai-feedback"), "rl-cai": pathOf("rl-cai") };
}

/**
 * Reads all prompts of a configuration into files of a folder, one item per line (`prompts.jsonl`, or `prompts/STAGE.jsonl`),
 * and gives them back as sources that are read from there. An item's id is its own, else the hash of its turns: the same
 * prompt has the same seed in every run.
 * @throws PreceptError input-invalid with the first broken lines, unless `skipBad`; usage for a missing file.
 */
export async function collectPrompts(
  { config, folder }: Pick<LoadedConfig, "config" | "folder">,
  into: string,
  options: PromptSetOptions = {},
): Promise<PromptSets> {
  const { prompts } = config;
  if (prompts === undefined) throw new RangeError("a project without prompts draws its own");
  const paths = keptPaths({ config }, into);
  const plan = isByStage(prompts)
    ? promptStages.map((stage) => ({ path: paths[stage], files: prompts[stage] }))
    : [{ path: paths["sl-cai"], files: prompts }];
  const read: Collected[] = [];
  const system = await readSystemPrompt({ config, folder });
  for (const { path, files } of plan) read.push(await collect({ files, path, folder, system }, options));
  const faults = read.flatMap((set) => set.faults).slice(0, shownFaults);
  const bad = sumOf(read, (set) => set.bad);
  if (bad > 0 && options.skipBad !== true) throw brokenLines(bad, faults);
  if (read.some(({ source }) => source.sizes["red-team"] + source.sizes.helpful === 0)) {
    throw describeEmpty("no prompts in any file");
  }
  const hash = read.length === 1 ? (read[0]?.source.hash ?? "") : contentHash(read.map(({ source }) => source.hash));
  options.accept?.(hash);
  for (const { path } of plan) renameSync(`${path}.tmp`, path);
  return {
    ...asSets(
      read.map(({ source }) => source),
      hash,
    ),
    bad,
    duplicates: sumOf(read, (set) => set.duplicates),
    faults,
  };
}

/** Keeps prompts that were drawn as runs keep all prompts. */
export function keepPrompts(into: string, prompts: Readonly<Record<PromptStage, readonly PromptItem[]>>): PromptSets {
  const sources = promptStages.map((stage) => {
    const path = join(into, "prompts", `${stage}.jsonl`);
    const text = prompts[stage].map(formatPrompt).join("");
    makeFolder(dirname(path));
    writeWhole(path, text);
    const size = (kind: PromptKind): number => prompts[stage].filter((item) => item.kind === kind).length;
    return readKeptPrompts(path, hashText(text), { "red-team": size("red-team"), helpful: size("helpful") });
  });
  return { ...asSets(sources, contentHash(sources.map(({ hash }) => hash))), bad: 0, duplicates: 0, faults: [] };
}

/** A prompt as its line in a file: the same bytes for the same prompt, wherever it came from. */
export function formatPrompt({ id, kind, messages }: PromptItem): string {
  return `${JSON.stringify({ id, kind, messages })}\n`;
}

function asSets(sources: readonly PromptSource[], hash: string): Pick<PromptSets, "of" | "hash"> {
  const [slCai, aiFeedback = slCai, rlCai = slCai] = sources;
  if (slCai === undefined || aiFeedback === undefined || rlCai === undefined) throw new RangeError("no set of prompts");
  return { of: { "sl-cai": slCai, "ai-feedback": aiFeedback, "rl-cai": rlCai }, hash };
}

const sumOf = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0);

type Sets = NonNullable<LoadedConfig["config"]["prompts"]>;
type PromptFiles = Exclude<Sets, { readonly "sl-cai": unknown }>;

function isByStage(prompts: Sets): prompts is Exclude<Sets, PromptFiles> {
  return typeof prompts === "object" && "sl-cai" in prompts;
}

interface Collected extends Omit<PromptSets, "of" | "hash"> {
  readonly source: PromptSource;
}

interface Collecting {
  readonly files: PromptFiles;
  readonly path: string;
  readonly folder: string;
  readonly system: string | undefined;
}

/** Reads one set into PATH.tmp. */
async function collect(
  { files, path, folder, system }: Collecting,
  { check = () => undefined, download }: PromptSetOptions,
): Promise<Collected> {
  makeFolder(dirname(path));
  const file = openSync(`${path}.tmp`, "w");
  const sha256 = createHash("sha256");
  const sizes: Record<PromptKind, number> = { "red-team": 0, helpful: 0 };
  const ids = new PromptIds();
  const faults: string[] = [];
  let [bad, duplicates] = [0, 0];
  /** Whether the prompt was taken. */
  const add = (read: ReadItem): boolean => {
    const fault = "fault" in read ? read.fault : check(read.item);
    const named = fault === undefined && "item" in read ? ids.name(read.item, read.where) : { fault: fault ?? "" };
    if (named === "duplicate") duplicates += 1;
    else if ("fault" in named) {
      bad += 1;
      if (faults.length < shownFaults) faults.push(`${read.where}: ${named.fault}`);
    } else {
      const line = formatPrompt(underSystemPrompt(named, system));
      sha256.update(line);
      writeAll(file, Buffer.from(line));
      sizes[named.kind] += 1;
      return true;
    }
    return false;
  };
  try {
    for (const { rows, name, limit, toItem } of filesOf(files, folder, download)) {
      let [taken, isEmpty] = [0, true];
      for await (const placed of rows) {
        isEmpty = false;
        if (taken >= limit) break;
        const read = "fault" in placed ? placed : { where: placed.where, ...toItem(placed.row) };
        if (add(read)) taken += 1;
      }
      if (isEmpty) throw describeEmpty(`nothing in ${name}`);
    }
  } finally {
    closeSync(file);
  }
  return { source: readKeptPrompts(path, sha256.digest("hex"), sizes), bad, duplicates, faults };
}

const describeEmpty = (found: string): PreceptError =>
  new PreceptError("input-invalid", { attempted: "Reading the prompts", found, remedy: "check what wrote the files" });

/**
 * Keeps the ids of a set apart. The same id with the same turns is one prompt; with other turns in another file (two files
 * numbered from 1) it gets a part of their hash behind it, and in one file it is a fault.
 */
class PromptIds {
  readonly #ids = new IdSet();
  /** Ids with the hash of their turns. */
  readonly #prompts = new IdSet();
  /** Ids of one file, with their lines. */
  #own = new IdSet();
  #file = "";

  name(item: PromptItem, where: string): PromptItem | "duplicate" | { readonly fault: string } {
    const [, file = "", line = ""] = /^(.*?)(\d+\]?)$/s.exec(where) ?? [];
    if (file !== this.#file) [this.#file, this.#own] = [file, new IdSet()];
    const hash = contentHash(item.messages);
    if (!this.#prompts.add(`${item.id} ${hash}`)) return "duplicate";
    const first = this.#own.placeOf(item.id);
    if (first !== undefined) {
      return { fault: `the id of ${file}${line.replace(/\d+/, String(first))}, where another prompt stands` };
    }
    this.#own.add(item.id, Number.parseInt(line, 10));
    const id = this.#ids.has(item.id) ? `${item.id}~${hash.slice(0, 8)}` : item.id;
    this.#ids.add(id);
    return { ...item, id };
  }
}

type Read = { readonly item: PromptItem } | { readonly fault: string };
type ReadItem = { readonly where: string } & Read;

interface PromptRows {
  readonly rows: ReturnType<typeof readRows>;
  readonly name: string;
  readonly limit: number;
  readonly toItem: (row: Row) => Read;
}

function filesOf(files: PromptFiles, folder: string, download: PromptSetOptions["download"]): PromptRows[] {
  if (typeof files === "string") {
    return [
      {
        rows: readRows(resolve(folder, files), { shown: files }),
        name: files,
        limit: Number.POSITIVE_INFINITY,
        toItem: asItem,
      },
    ];
  }
  return filesByKind(files).map(([kind, settings]) => ({
    rows: rowsOf(settings, folder, download),
    name: settings.file,
    limit: settings.limit ?? Number.POSITIVE_INFINITY,
    toItem: (row) => {
      const read = readRow(row, settings.field);
      return "fault" in read ? read : { item: { id: idOf(kind, read), kind, messages: read.messages } };
    },
  }));
}

/** A row that is a prompt as runs keep them. */
function asItem(row: Row): Read {
  const { data, error } = promptItemSchema.safeParse(row);
  if (data !== undefined) return { item: data };
  return { fault: error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ") };
}

function brokenLines(bad: number, faults: readonly string[]): PreceptError {
  const more = bad > faults.length ? [`… and ${bad - faults.length} more`] : [];
  return new PreceptError("input-invalid", {
    attempted: "Reading the prompts",
    found: `${bad === 1 ? "a broken line" : `${bad} broken lines`}\n${[...faults, ...more].join("\n")}`,
    remedy: "mend them, or give --skip-bad to leave them out and have them counted",
  });
}

/** All files of a set with what they are for. */
function filesByKind({ redTeam, helpful }: Exclude<PromptFiles, string>): [PromptKind, PromptFileSettings][] {
  const list = (files: typeof redTeam | undefined): PromptFileSettings[] =>
    (files === undefined ? [] : Array.isArray(files) ? files : [files]).map((one) =>
      typeof one === "string" ? { file: one } : one,
    );
  return [
    ...list(redTeam).map((one): [PromptKind, PromptFileSettings] => ["red-team", one]),
    ...list(helpful).map((one): [PromptKind, PromptFileSettings] => ["helpful", one]),
  ];
}

async function* rowsOf(
  { file, format, split }: PromptFileSettings,
  folder: string,
  download: PromptSetOptions["download"],
): ReturnType<typeof readRows> {
  if (!file.startsWith("hf:")) yield* readRows(resolve(folder, file), { format, shown: file });
  else if (download !== undefined) {
    for (const { path, shown } of await download(file.slice("hf:".length), split)) {
      yield* readRows(path, { format, shown });
    }
  } else {
    throw new PreceptError("usage", {
      attempted: `Reading prompts from ${file}`,
      found: "a data set on the hub",
      expected: "a file on this machine",
    });
  }
}

/** Ids stand in record ids, where a slash divides. */
function idOf(kind: PromptKind, read: { readonly id?: string; readonly messages: PromptItem["messages"] }): string {
  const { id = "", messages } = read;
  return `${kind}-${id === "" ? contentHash(messages).slice(0, 16) : escapeId(id)}`;
}

/** The prompts of a file that a run keeps. */
export function readKeptPrompts(path: string, hash: string, sizes: PromptSource["sizes"]): PromptSource {
  return {
    hash,
    sizes,
    async *items(kind) {
      for await (const item of readRecords(path, promptItemSchema)) {
        if (kind === undefined || item.kind === kind) yield item;
      }
    },
  };
}
