import { type OpenRun, readFound } from "../run/open-run.ts";
import { isRecord, textIn } from "../segments/listing.ts";
import type { RolloutStep, Rollouts } from "../source-rooms.ts";

/** Answers of a step that are shown. */
const shown = 40;
/** Answers of a step that are read: those of larger steps are its first. */
const read = 2000;

/** What a policy answered in one step of its training, the best rewarded first. */
export async function readRollouts(run: OpenRun, stage: string, step: number): Promise<Rollouts> {
  const rows: Rollouts["rows"][number][] = [];
  let total = 0;
  for (const file of run.files.filter((one) => one.stage === stage)) {
    await file.index.wait(true);
    for (const segment of file.index.segments) {
      for (const number of segment.rowsOfRound("rollout", step)) {
        total += 1;
        const record = rows.length < read ? readFound(file, segment, number)?.record : undefined;
        if (!isRecord(record)) continue;
        const { reward } = record;
        rows.push({
          id: textIn(record, "id") ?? "",
          promptId: textIn(record, "promptId") ?? "",
          response: textIn(record, "response") ?? "",
          reward: typeof reward === "number" ? reward : null,
        });
      }
    }
  }
  return { total, rows: rows.sort((a, b) => (b.reward ?? 0) - (a.reward ?? 0)).slice(0, shown) };
}

/** Steps of which answers are kept, in order. */
export async function listRolloutSteps(run: OpenRun): Promise<RolloutStep[]> {
  const steps = new Map<string, Set<number>>();
  for (const { stage, index } of run.files) {
    await index.wait(true);
    for (const segment of index.segments) {
      const own = steps.get(stage) ?? new Set<number>();
      for (const step of segment.roundsOf("rollout")) own.add(step);
      if (own.size > 0) steps.set(stage, own);
    }
  }
  return [...steps].flatMap(([stage, own]) => [...own].sort((a, b) => a - b).map((step) => ({ stage, step })));
}
