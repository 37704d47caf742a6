import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { PreceptError } from "../errors.ts";
import {
  type PromptItem,
  type PromptKind,
  type PromptSource,
  parseRecord,
  promptItemSchema,
  readRow,
  readRows,
} from "../records/index.ts";
import { contentHash, IdSet, linesOfStream, writeAll } from "../storage/index.ts";
import type { LoadedConfig } from "./config.ts";
import type { PromptFileSettings } from "./config-schema.ts";
import type { HubFile } from "./hub-prompts.ts";

export interface PromptSetOptions {
  /** Leave out broken lines and count them, instead of refusing the file. */
  readonly skipBad?: boolean;
  /** Says what is wrong with a prompt that was read; nothing when it will do. */
  readonly check?: (item: PromptItem) => string | undefined;
  /** Called before the file is replaced; throws to keep the one that is there. */
  readonly accept?: (hash: string) => void;
  /** Files of a data set on the Hugging Face hub as files on this machine. */
  readonly download?: ((name: string, split?: string) => Promise<readonly HubFile[]>) | undefined;
}

export interface PromptSet {
  readonly source: PromptSource;
  /** Left out: broken lines, and prompts that stood there before. */
  readonly bad: number;
  readonly duplicates: number;
  /** The first few broken lines, "file:line: what". */
  readonly faults: readonly string[];
}

const shownFaults = 5;

/**
 * Reads all prompts of a configuration into `prompts.jsonl` of a folder, one item a line, and gives them back as a source
 * that is read from there. An item's id is its own, else the hash of its turns: the same prompt has the same seed in every run.
 * @throws PreceptError input-invalid with the first broken lines, unless `skipBad`; usage for a missing file.
 */
export async function collectPrompts(
  { config, folder }: Pick<LoadedConfig, "config" | "folder">,
  into: string,
  { skipBad = false, check = () => undefined, accept, download }: PromptSetOptions = {},
): Promise<PromptSet> {
  const path = join(into, "prompts.jsonl");
  const file = openSync(`${path}.tmp`, "w");
  const sha256 = createHash("sha256");
  const sizes: Record<PromptKind, number> = { "red-team": 0, helpful: 0 };
  const ids = new IdSet();
  const faults: string[] = [];
  let [bad, duplicates] = [0, 0];
  const fault = (where: string, what: string): void => {
    bad += 1;
    if (faults.length < shownFaults) faults.push(`${where}: ${what}`);
  };
  try {
    for (const [kind, settings] of promptFiles(config.prompts)) {
      let taken = 0;
      for await (const placed of rowsOf(settings, folder, download)) {
        if (taken >= (settings.limit ?? Number.POSITIVE_INFINITY)) break;
        const read = "fault" in placed ? placed : readRow(placed.row, settings.field);
        if ("fault" in read) {
          fault(placed.where, read.fault);
          continue;
        }
        const item: PromptItem = { id: idOf(kind, read), kind, messages: read.messages };
        const wrong = check(item);
        if (wrong !== undefined) {
          fault(placed.where, wrong);
          continue;
        }
        if (!ids.add(item.id)) {
          duplicates += 1;
          continue;
        }
        const line = `${JSON.stringify(item)}\n`;
        sha256.update(line);
        writeAll(file, Buffer.from(line));
        sizes[kind] += 1;
        taken += 1;
      }
    }
  } finally {
    closeSync(file);
  }
  if (bad > 0 && !skipBad) throw broken(bad, faults);
  if (sizes["red-team"] + sizes.helpful === 0) {
    throw new PreceptError("input-invalid", { attempted: "Reading the prompts", found: "no prompts in any file" });
  }
  const hash = sha256.digest("hex");
  accept?.(hash);
  renameSync(`${path}.tmp`, path);
  return { source: promptFile(path, hash, sizes), bad, duplicates, faults };
}

function broken(bad: number, faults: readonly string[]): PreceptError {
  const more = bad > faults.length ? [`… and ${bad - faults.length} more`] : [];
  return new PreceptError("input-invalid", {
    attempted: "Reading the prompts",
    found: `${bad === 1 ? "a broken line" : `${bad} broken lines`}\n${[...faults, ...more].join("\n")}`,
    remedy: "mend them, or give --skip-bad to leave them out and have them counted",
  });
}

/** All files of a configuration with what they are for. */
function promptFiles({ redTeam, helpful }: LoadedConfig["config"]["prompts"]): [PromptKind, PromptFileSettings][] {
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
  const name = read.id?.replace(/[^\w.-]+/g, "_");
  return `${kind}-${name === undefined || name === "" ? contentHash(read.messages).slice(0, 16) : name}`;
}

/** The prompts of a `prompts.jsonl` that `collectPrompts` wrote. */
export function promptFile(path: string, hash: string, sizes: PromptSource["sizes"]): PromptSource {
  return {
    hash,
    sizes,
    async *items(kind) {
      let number = 0;
      for await (const line of linesOfStream(createReadStream(path))) {
        number += 1;
        const item = parseRecord(line, promptItemSchema, `${path}:${number}`);
        if (kind === undefined || item.kind === kind) yield item;
      }
    },
  };
}
