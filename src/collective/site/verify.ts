import { throwIfInterrupted } from "../../errors.ts";
import {
  type Head,
  type LogStore,
  openEvent,
  openStore,
  readLog,
  type StorePlace,
  verifyChain,
} from "../store/index.ts";
import { configurationOf, LogReader } from "./log-reader.ts";
import { computePublished } from "./result.ts";

/** What a conversation's log says of itself, and of the results that were published from it. */
export interface VerifyReport {
  readonly head: Head;
  /** Events that somebody had erased. */
  readonly erased: number;
  readonly published: number;
  /** Published results that came out the same again. */
  readonly same: number;
  /** Results from before a deletion: the votes that they counted are gone, and what was computed after it counts. */
  readonly withdrawn: number;
  readonly faults: readonly string[];
}

interface Publication {
  readonly seq: number;
  readonly upTo: number;
  readonly head: string;
  readonly result: string;
}

/** Checks the chain of a log, and computes every published result anew from the log up to where it was computed. */
export async function verifyConversation(
  place: StorePlace,
  { tell, signal }: { readonly tell?: (done: number, of: number) => void; readonly signal?: AbortSignal } = {},
): Promise<VerifyReport> {
  const store = await openStore({ ...place, isReadOnly: true });
  try {
    const { head, erased, fault } = await verifyChain(store);
    if (fault !== undefined) return { head, erased, published: 0, same: 0, withdrawn: 0, faults: [fault] };
    const { publications, hashes, lastDeletion } = await readPublications(store);
    const counted = publications.filter(({ upTo }) => upTo >= lastDeletion);
    const faults: string[] = [];
    const reader = new LogReader(store);
    for (const [i, { seq, upTo, head: claimed, result }] of counted.entries()) {
      throwIfInterrupted(signal, "Verifying the conversation");
      await reader.readTo(upTo);
      if (hashes.get(upTo) !== claimed)
        faults.push(`event ${seq}: event ${upTo} has another hash than the result says`);
      else if (computePublished(reader.state, configurationOf(reader.state)).hash !== result)
        faults.push(`event ${seq}: the result from the log up to event ${upTo} comes out otherwise`);
      tell?.(i + 1, counted.length);
    }
    const published = publications.length;
    const withdrawn = published - counted.length;
    return { head, erased, published, same: counted.length - faults.length, withdrawn, faults };
  } finally {
    await store.close();
  }
}

async function readPublications(store: LogStore): Promise<{
  readonly publications: readonly Publication[];
  readonly hashes: ReadonlyMap<number, string>;
  readonly lastDeletion: number;
}> {
  const publications: Publication[] = [];
  const hashes = new Map<number, string>();
  let lastDeletion = 0;
  for await (const line of readLog(store)) {
    hashes.set(line.seq, line.hash);
    const event = openEvent(line);
    if (event?.kind === "published") publications.push({ ...event, seq: line.seq });
    else if (event?.kind === "deletion") lastDeletion = line.seq;
  }
  return { publications: publications.sort((a, b) => a.upTo - b.upTo), hashes, lastDeletion };
}
