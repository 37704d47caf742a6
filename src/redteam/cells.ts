import type { AttemptRecord, CellRecord } from "./records.ts";

/** The map that the archive made, from its attempts alone: of every cell the text with the highest mean grade. */
export function archiveCells(attempts: Iterable<AttemptRecord>): CellRecord[] {
  const own = [...attempts].filter(({ strategy, grade }) => strategy === "archive" && grade !== null);
  const byId = new Map(own.map((attempt) => [attempt.id, attempt]));
  const best = new Map<string, CellRecord>();
  for (const [, samples] of Map.groupBy(own, keyOf)) {
    const [first] = samples;
    if (first === undefined) continue;
    const fitness = samples.reduce((sum, { grade }) => sum + (grade ?? 0), 0) / samples.length;
    const cell = `${first.principleId}/${first.technique}`;
    if (fitness <= (best.get(cell)?.fitness ?? 0)) continue;
    best.set(cell, {
      type: "redteam-cell",
      schemaVersion: first.schemaVersion,
      id: `cell/${cell}`,
      parents: [first.id, ...first.parents],
      principleId: first.principleId,
      constitutionHash: first.constitutionHash,
      templateVersion: first.templateVersion,
      model: first.model,
      seed: first.seed,
      technique: first.technique,
      prompt: first.messages.at(-1)?.content ?? "",
      fitness,
      samples: samples.length,
      generation: generationOf(first, byId),
    });
  }
  return [...best.values()];
}

const keyOf = ({ principleId, technique, messages }: AttemptRecord): string =>
  `${principleId}/${technique}/${messages.at(-1)?.content ?? ""}`;

function generationOf(attempt: AttemptRecord, byId: ReadonlyMap<string, AttemptRecord>): number {
  let generation = 0;
  let at: AttemptRecord | undefined = attempt;
  while (at !== undefined) {
    at = at.parents.map((id) => byId.get(id)).find((parent) => parent !== undefined);
    if (at !== undefined) generation += 1;
  }
  return generation;
}
