import { setTimeout as sleep } from "node:timers/promises";
import { throwIfInterrupted } from "../errors.ts";

/** How often work of other processes is looked for. */
const LOOK_MS = 100;

/**
 * What of a stage's batches this process makes, where several share them: client K of N makes every Nth; the process that merges them
 * makes none. Batches are a function of the prompts alone, so that another number of clients goes on with what is there.
 */
export interface Share {
  /** From 1 on; "merge" for the process that closes the stage. */
  readonly client: number | "merge";
  readonly of: number;
  readonly signal?: AbortSignal | undefined;
  /** Throws where those who make the rest never will. */
  readonly refuseAlone?: () => void;
}

/** Whether a process makes the batch of this number. */
export function isOwn({ client, of }: Share, batch: number): boolean {
  return client !== "merge" && batch % of === client - 1;
}

/** As files and folders name a client: 2-of-4. */
export function clientName(client: number, of: number): string {
  return `${client}-of-${of}`;
}

/** Looks again and again until there is something. @throws Interruption; what `refuseAlone` throws. */
export async function waitFor<T>(
  look: () => T | undefined,
  { signal, refuseAlone }: Pick<Share, "signal" | "refuseAlone">,
): Promise<T> {
  for (;;) {
    throwIfInterrupted(signal, "Waiting for the other clients");
    const found = look();
    if (found !== undefined) return found;
    refuseAlone?.();
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Ends the body of a stage in a client: its batches are made, and another process closes the stage. */
export class HandedOver extends Error {
  constructor() {
    super("the stage is closed by the process that merges it");
    this.name = "HandedOver";
  }
}
