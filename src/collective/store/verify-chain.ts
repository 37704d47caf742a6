import { emptyHead, faultOf, type Head } from "./chain.ts";
import { type LogStore, readLog } from "./log-store.ts";

/** What a log says of itself: where it ends, how many lines were erased, and the first fault of its chain. */
export interface ChainReport {
  readonly head: Head;
  readonly erased: number;
  readonly fault: string | undefined;
}

/** Reads a log through from its beginning. */
export async function verifyChain(store: LogStore): Promise<ChainReport> {
  let head = emptyHead;
  let erased = 0;
  for await (const line of readLog(store)) {
    const fault = faultOf(line, head);
    if (fault !== undefined) return { head, erased, fault };
    if (line.body === null) erased += 1;
    head = line;
  }
  return { head: { seq: head.seq, hash: head.hash }, erased, fault: undefined };
}
