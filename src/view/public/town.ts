import { existsSync } from "node:fs";
import { join } from "node:path";
import { DRAFTED_FILE, PROVENANCE_FILE, type PublicTown, readStoredTown } from "../../collective/drafting/index.ts";
import { readTownApart } from "../../collective/site/index.ts";
import { keepInside } from "../run/inside.ts";
import type { OpenRun } from "../run/open-run.ts";
import { TOWN_LOG, townState } from "../run/towns.ts";

/** Whether a public wrote what the run is of: its constitution, or the draft of one. */
export function hasTown({ folder, isTown }: OpenRun): boolean {
  return isTown || [PROVENANCE_FILE, DRAFTED_FILE].some((file) => existsSync(join(folder, file)));
}

interface Held {
  readonly state: string;
  readonly town: Promise<PublicTown | undefined>;
  isDone: boolean;
}

const held = new WeakMap<OpenRun, Held>();

/**
 * What is known of the public, computed anew only where its files moved since the last one was done: of a conversation in which people
 * vote meanwhile, one analysis goes on at a time. @throws PreceptError for damaged files.
 */
export function findTown(run: OpenRun): Promise<PublicTown | undefined> {
  const { folder, isTown } = run;
  keepInside(folder, [PROVENANCE_FILE, DRAFTED_FILE]);
  const state = [townState(folder), existsSync(join(folder, DRAFTED_FILE))].join();
  const known = held.get(run);
  if (known !== undefined && (!known.isDone || known.state === state)) return known.town;
  const isRead = isTown && existsSync(join(folder, TOWN_LOG));
  const town = isRead ? readTownApart({ folder }) : readStoredTown(folder);
  const own: Held = { state, town, isDone: false };
  held.set(run, own);
  const end = (): void => {
    own.isDone = true;
  };
  // What could not be read is tried again.
  town.then(end, () => held.delete(run));
  return town;
}
