import { createHash, randomUUID } from "node:crypto";
import { canonicalJson, hashText, tryJson } from "../../storage/index.ts";
import { type SiteEvent, siteEventSchema } from "./events.ts";

/** One line of the log. `body` is null once its event was erased; its hash stays, so that the chain can still be verified. */
export interface StoredEvent {
  /** From 1 on, without gaps. */
  readonly seq: number;
  readonly body: string | null;
  readonly bodyHash: string;
  /** SHA-256 of the hash before, the number and the body's hash. */
  readonly hash: string;
}

/** Where a log ends. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export const emptyHead: Head = { seq: 0, hash: "" };

/** An event as it is written. The salt keeps an erased event from being guessed by its hash. */
export function sealEvent(event: SiteEvent, { seq, hash }: Head): StoredEvent & { readonly body: string } {
  const body = canonicalJson({ ...event, salt: randomUUID() });
  const bodyHash = hashText(body);
  return { seq: seq + 1, body, bodyHash, hash: linkHash(hash, seq + 1, bodyHash) };
}

function linkHash(previous: string, seq: number, bodyHash: string): string {
  return createHash("sha256").update(`${previous}\n${seq}\n${bodyHash}`).digest("hex");
}

/** The event of a line, undefined where it was erased or is none. */
export function openEvent({ body }: StoredEvent): SiteEvent | undefined {
  if (body === null) return undefined;
  const value = tryJson(body);
  if (typeof value !== "object" || value === null || !("salt" in value)) return undefined;
  const { salt: _, ...event } = value;
  return siteEventSchema.safeParse(event).data;
}

/** What is wrong with a line that should follow `before`; undefined when nothing is. */
export function faultOf(line: StoredEvent, before: Head): string | undefined {
  if (line.seq !== before.seq + 1) return `event ${before.seq + 1} is missing`;
  if (line.hash !== linkHash(before.hash, line.seq, line.bodyHash))
    return `event ${line.seq} does not follow the chain`;
  if (line.body === null) return undefined;
  if (hashText(line.body) !== line.bodyHash) return `event ${line.seq} was changed`;
  return openEvent(line) === undefined ? `event ${line.seq} is none of a conversation's` : undefined;
}
