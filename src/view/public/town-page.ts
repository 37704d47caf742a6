import { existsSync } from "node:fs";
import { join } from "node:path";
import type { OpenedRun } from "../room.ts";
import { lineOfTown } from "../run/runs.ts";
import { TOWN_LOG } from "../run/towns.ts";
import type { RunPage } from "../source.ts";

/** The page of a conversation of the public: its room has all. */
export function readTownPage({ run }: OpenedRun, name: string): RunPage {
  const line = lineOfTown(run.folder, name);
  const hasLog = existsSync(join(run.folder, TOWN_LOG));
  return {
    line,
    rooms: [
      { room: "overview", count: null },
      { room: "public", count: null },
    ],
    sentence: [
      "A conversation of the public: what it thinks and what it wrote. The room ",
      { em: "Public" },
      " shows it.",
    ],
    made: [],
    next: hasLog ? [`precept collective report ${line.folder}`, `precept collective verify ${line.folder}`] : [],
    indexed: run.indexed,
    notices: run.notices(),
    ...{ measuredOn: null, figures: [], worthALook: [], stages: [], provenance: [], review: null },
    ...{ disclosure: null, plain: null },
  };
}
