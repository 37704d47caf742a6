import { basename, dirname, join } from "node:path";
import { loadConstitution } from "../constitution/index.ts";
import {
  type AuditReport,
  type AuditSummary,
  AuditTally,
  type GuardEvent,
  isActed,
  principleHash,
  verifyAudit,
} from "../guard/index.ts";
import { shownPath } from "../storage/index.ts";

/** Everything that the page of a guard's log shows. */
export interface GuardData {
  /** Of its file. */
  readonly name: string;
  /** As commands name it. */
  readonly file: string;
  readonly report: AuditReport;
  readonly summary: AuditSummary;
  /** Of each principle the newest texts that were acted on, of which the log holds the words. */
  readonly examples: readonly GuardExample[];
  /** By id: principles of the constitution beside the log, in the very words that the guard held people to. */
  readonly principles: Readonly<Record<string, string>>;
}

export interface GuardExample {
  readonly principleId: string;
  readonly events: readonly GuardEvent[];
}

export interface GuardReportOptions {
  /** Shows what was said, as far as the log holds it. Default true. */
  readonly texts?: boolean | undefined;
}

/** Examples of a principle. */
const mostExamples = 3;

/** Reads a guard's log through, in memory that does not grow with it. @throws PreceptError usage, input-invalid. */
export async function readGuard(file: string, { texts = true }: GuardReportOptions = {}): Promise<GuardData> {
  const tally = new AuditTally();
  const newest = new Map<string, GuardEvent[]>();
  const hashes = new Map<string, string>();
  const report = await verifyAudit(file, (event) => {
    tally.add(event);
    for (const { principleId, principleHash: hash } of event.findings) hashes.set(principleId, hash);
    if (texts && isActed(event.action) && holdsText(event)) keepNewest(newest, event);
  });
  const summary = tally.read();
  return {
    name: basename(file),
    file: shownPath(file),
    report,
    summary,
    examples: summary.principles.flatMap(({ id }) => {
      const events = newest.get(id);
      return events === undefined ? [] : { principleId: id, events: events.toReversed() };
    }),
    principles: await readPrinciples(file, hashes),
  };
}

function holdsText({ text }: GuardEvent): boolean {
  return text !== undefined && !/^sha256:[0-9a-f]{64}$/u.test(text);
}

/** An example stands once, under the principle that was found first; a text that comes again is one. */
function keepNewest(newest: Map<string, GuardEvent[]>, event: GuardEvent): void {
  const [first] = event.findings;
  if (first === undefined) return;
  const own = newest.get(first.principleId) ?? [];
  const others = own.filter(({ text }) => text !== event.text);
  newest.set(first.principleId, [...others, event].slice(-mostExamples));
}

async function readPrinciples(file: string, hashes: ReadonlyMap<string, string>): Promise<GuardData["principles"]> {
  const constitution = await loadConstitution(join(dirname(file), "constitution.yaml")).catch(() => undefined);
  const own = (constitution?.principles ?? []).filter((one) => hashes.get(one.id) === principleHash(one));
  return Object.fromEntries(own.map(({ id, text }) => [id, text]));
}
