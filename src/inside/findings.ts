import { statSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "../storage/index.ts";
import {
  answersOf,
  countIndexed,
  forgettingsOf,
  type KeptAnswer,
  type KeptAudit,
  type KeptForgotten,
  type KeptReferee,
  readAnswer,
  readAudit,
  readForgotten,
  readReferee,
} from "./attribution.ts";
import { type Attempt, type KeptDictionary, readDictionary } from "./features.ts";
import { type KeptProbe, readProbe } from "./probes.ts";

/** Checkpoints whose training examples an answer can be traced to. */
export const attributedCheckpoints = ["sl-cai", "sl-cai/without-replay"] as const;

export interface NamedAnswer extends KeptAnswer {
  readonly name: string;
}

/** All that commands found within a run's models. */
export interface Findings {
  readonly dictionaries: readonly KeptDictionary[];
  readonly probes: readonly KeptProbe[];
  /** The newest first. */
  readonly answers: readonly NamedAnswer[];
  readonly audit: KeptAudit | undefined;
  readonly planted: KeptAudit | undefined;
  readonly referees: readonly KeptReferee[];
  readonly forgotten: readonly KeptForgotten[];
  /** Examples in the whole index of each checkpoint that has one. */
  readonly indexed: Readonly<Partial<Record<(typeof attributedCheckpoints)[number], number>>>;
  /** Files that cannot be read, each in a sentence. */
  readonly faults: readonly string[];
}

/** Whether a command looked into a run's models. */
export const hasFindings = (run: string): boolean =>
  ["features", "probes", "attribution"].some((name) => namesIn(join(run, name), "folder").length > 0);

/** Reads everything; a damaged file takes nothing with it but itself. */
export function readFindings(run: string): Findings {
  const faults: string[] = [];
  const attempt: Attempt = (read) => {
    try {
      return read();
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const each = <T>(names: readonly string[], read: (name: string) => T | undefined): T[] =>
    names.flatMap((name) => attempt(() => read(name)) ?? []);
  const inFolder = (name: string) => namesIn(join(run, name), "folder");
  return {
    dictionaries: each(inFolder("features"), (name) => readDictionary(join(run, "features", name), name, attempt)),
    probes: each(inFolder("probes"), (name) => readProbe(join(run, "probes", name), name, attempt)),
    answers: each(newestFirst(answersOf(run)), (name): NamedAnswer | undefined => {
      const answer = readAnswer(run, name);
      return answer && { name, ...answer };
    }),
    audit: attempt(() => readAudit(run, "own")),
    planted: attempt(() => readAudit(run, "planted")),
    referees: each(attributedCheckpoints, (trained) => readReferee(run, trained)),
    forgotten: each(newestFirst(forgettingsOf(run)), (name) => readForgotten(run, name)),
    indexed: Object.fromEntries(
      attributedCheckpoints.flatMap((trained) => {
        const rows = attempt(() => countIndexed(run, trained));
        return rows === undefined ? [] : [[trained, rows]];
      }),
    ),
    faults,
  };
}

function newestFirst(folder: string): string[] {
  const timed = namesIn(folder, "file")
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({ name: file.replace(/\.json$/u, ""), at: statSync(join(folder, file)).mtimeMs }));
  return timed.sort((a, b) => b.at - a.at || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
}
