import type { OpenedRun } from "../room.ts";
import { lineOfLog } from "../run/runs.ts";
import type { RunPage } from "../source.ts";

/** The page of a guard's log that stands for itself: its room has all. */
export function readLogPage({ run }: OpenedRun, name: string, events: number | undefined): RunPage {
  return {
    line: lineOfLog(run.folder, run.log ?? name),
    rooms: [
      { room: "overview", count: null },
      { room: "guard", count: events ?? 0 },
    ],
    sentence: ["The log of a guard: what it found, and what it did. The room ", { em: "Guard" }, " shows it."],
    made: [{ label: "Texts judged", count: events ?? 0, isPart: false }],
    next: [`precept guard audit ${lineOfLog(run.folder, run.log ?? name).folder} --verify`],
    indexed: run.indexed,
    notices: run.notices(),
    ...{ measuredOn: null, figures: [], worthALook: [], stages: [], provenance: [], review: null },
    ...{ disclosure: null, plain: null },
  };
}
