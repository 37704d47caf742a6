import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { namesIn } from "../storage/index.ts";
import { type FoundCard, readCard } from "./card/index.ts";
import { type FoundCritique, readCritique } from "./critique/index.ts";
import { type FoundDebate, readDebate } from "./debate/index.ts";
import { type KeptOrganism, readKeptOrganisms } from "./organisms/index.ts";
import { type Decision, readDecisions } from "./policy/index.ts";
import { type KeptOveroptimisation, type KeptScaling, readOveroptimisation, readScaling } from "./scaling/index.ts";

/** All that commands of oversight kept in a run. */
export interface OversightFound {
  readonly debate: FoundDebate | undefined;
  readonly critique: FoundCritique | undefined;
  readonly organisms: readonly KeptOrganism[];
  /** Of this run, and of the runs beside it where it is among those that were fitted. */
  readonly scaling: readonly KeptScaling[];
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

/** Whether a command of oversight kept anything in a run. */
export const hasOversight = (run: string): boolean =>
  namesIn(folderIn(run), "file").some((name) => /^(?:debate|critique|policy|card)\.json$/u.test(name)) ||
  ["organism", "scaling"].some((name) => existsSync(join(folderIn(run), name)));

/** Reads everything; a damaged file takes nothing with it but itself. */
export function readOversight(run: string): OversightFound {
  const faults: string[] = [];
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
      return otherwise;
    }
  };
  const name = basename(run);
  const beside = attempt(() => readScaling(dirname(run)), []).filter(({ runs }) =>
    runs.some((one) => basename(one).split("@")[0] === name),
  );
  return {
    debate: attempt(() => readDebate(folderIn(run)), undefined),
    critique: attempt(() => readCritique(run), undefined),
    organisms: attempt(() => readKeptOrganisms(run), []),
    scaling: [...attempt(() => readScaling(run), []), ...beside],
    overoptimisation: attempt(() => readOveroptimisation(run), undefined),
    decisions: attempt(() => readDecisions(decisionsOf(run)), []),
    card: attempt(() => readCard(run), undefined),
    faults,
  };
}
