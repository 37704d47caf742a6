import type { AttemptRecord } from "./records.ts";
import { estimateJaccard, minHash, normalise } from "./similarity.ts";
import { successGrade } from "./strategy.ts";

/** From this likeness on, two requests are one finding. */
export const sameFinding = 0.7;

/** Successful attempts that are one finding, and the one that stands for them. */
export interface Cluster {
  readonly representative: AttemptRecord;
  readonly members: readonly AttemptRecord[];
}

interface Signed {
  readonly signature: Uint32Array;
  readonly representative: AttemptRecord;
  readonly members: AttemptRecord[];
}

/** What the attacker wrote, all turns and the prefill, as one text. */
export function attackText({ messages, prefill }: Pick<AttemptRecord, "messages" | "prefill">): string {
  return [...messages.filter(({ role }) => role === "user").map(({ content }) => content), prefill ?? ""].join("\n");
}

/**
 * Successful attempts without repetitions: the same words once, then near duplicates (MinHash, Jaccard ≥ 0.7) of the same
 * principle and technique together. The shortest stands for its cluster, and of each principle and technique the `perCell`
 * largest clusters stay; in the order of principle, technique and id.
 */
export function clusterFindings(attempts: Iterable<AttemptRecord>, perCell = Number.POSITIVE_INFINITY): Cluster[] {
  const bySame = new Map<string, Signed>();
  const byCell = new Map<string, readonly Signed[]>();
  const found = [...attempts].filter(({ grade, strategy }) => grade === successGrade && strategy !== "twin");
  const order = (a: AttemptRecord, b: AttemptRecord): number =>
    attackText(a).length - attackText(b).length || (a.id < b.id ? -1 : 1);
  for (const attempt of found.sort(order)) {
    const cell = `${attempt.principleId}/${attempt.technique}`;
    const words = `${cell}/${normalise(attackText(attempt))}`;
    const same = bySame.get(words);
    if (same !== undefined) {
      same.members.push(attempt);
      continue;
    }
    const signature = minHash(attackText(attempt));
    const own = byCell.get(cell) ?? [];
    const near = own.find((other) => estimateJaccard(signature, other.signature) >= sameFinding);
    const cluster: Signed = near ?? { signature, representative: attempt, members: [] };
    cluster.members.push(attempt);
    bySame.set(words, cluster);
    if (near !== undefined) continue;
    byCell.set(cell, [...own, cluster]);
  }
  const place = ({ representative: { principleId, technique, id } }: Cluster): string =>
    `${principleId}/${technique}/${id}`;
  const kept = [...byCell.values()].flatMap((own) =>
    own.toSorted((a, b) => b.members.length - a.members.length || (place(a) < place(b) ? -1 : 1)).slice(0, perCell),
  );
  return kept.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** Clauses of a text, each with the space behind it: a text is their concatenation. */
export function clausesOf(text: string): string[] {
  return text.match(/[\s\S]+?(?:[.!?;:,]+(?=\s)\s*|\n+|$)/gu)?.filter((clause) => clause !== "") ?? [];
}
