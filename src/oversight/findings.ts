import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { PreceptError } from "../errors.ts";
import { namesIn } from "../storage/index.ts";
import { type FoundCard, readCard } from "./card/index.ts";
import { type FoundCritique, readCritique } from "./critique/index.ts";
import { type FoundDebate, readDebate } from "./debate/index.ts";
import { type KeptOrganism, readKeptOrganisms } from "./organisms/index.ts";
import { type Decision, readDecisions } from "./policy/index.ts";
import { type FoundProcess, readProcess } from "./process/index.ts";
import { type KeptOveroptimisation, type KeptScaling, readOveroptimisation, readScaling } from "./scaling/index.ts";

/** All that commands of oversight kept in a run. */
export interface OversightFound {
  readonly debate: FoundDebate | undefined;
  readonly critique: FoundCritique | undefined;
  readonly process: FoundProcess | undefined;
  readonly organisms: readonly KeptOrganism[];
  readonly scaling: readonly KeptScaling[];
  /** Of the runs beside it, where it is among those that were fitted. */
  readonly scalingBeside: readonly KeptScaling[];
  readonly overoptimisation: KeptOveroptimisation | undefined;
  /** The oldest first; none where the chain is broken, which `faults` says. */
  readonly decisions: readonly Decision[];
  readonly card: FoundCard | undefined;
  /** Files that cannot be read, each in a sentence. */
  readonly faults: readonly string[];
}

/** The decision records of a run. */
export const decisionsOf = (run: string): string => join(run, "oversight", "policy.json");

const folderIn = (run: string): string => join(run, "oversight");

/** Fits of the runs beside this one that it is among. @throws PreceptError run-invalid for a damaged file. */
const fitsBeside = (run: string): KeptScaling[] =>
  readScaling(dirname(resolve(run))).filter(({ beside = [] }) => beside.includes(basename(resolve(run))));

/** Whether a command of oversight kept anything in a run, or beside it. */
export function hasOversight(run: string): boolean {
  if (namesIn(folderIn(run), "file").some((name) => /^(?:debate|policy|card|process)\.json$/u.test(name))) return true;
  if (["critique", "organism", "scaling"].some((name) => existsSync(join(folderIn(run), name)))) return true;
  try {
    return fitsBeside(run).length > 0;
  } catch {
    // A damaged fit of other runs says nothing of this one.
    return false;
  }
}

/** Reads everything; a damaged file takes nothing with it but itself. */
export function readOversight(run: string): OversightFound {
  const faults: string[] = [];
  const attempt = <T>(place: string, read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      // Pages are sent to others: no path of this machine's stands in them.
      faults.push(`${place}: ${wordsOf(error)}`);
      return otherwise;
    }
  };
  const folder = folderIn(run);
  return {
    debate: attempt("oversight/debate.json", () => readDebate(folder), undefined),
    critique: attempt("oversight/critique", () => readCritique(run), undefined),
    process: attempt("oversight/process.json", () => readProcess(run), undefined),
    organisms: attempt("oversight/organism", () => readKeptOrganisms(run), []),
    scaling: attempt("oversight/scaling", () => readScaling(run), []),
    scalingBeside: attempt("../oversight/scaling", () => fitsBeside(run), []),
    overoptimisation: attempt("oversight/scaling", () => readOveroptimisation(run), undefined),
    decisions: attempt("oversight/policy.json", () => readDecisions(decisionsOf(run)), []),
    card: attempt("oversight/card.json", () => readCard(run), undefined),
    faults,
  };
}

function wordsOf(error: unknown): string {
  if (error instanceof PreceptError) return error.details.found;
  const { code } = error as NodeJS.ErrnoException;
  return `cannot be read${code === undefined ? "" : ` (${code})`}`;
}
