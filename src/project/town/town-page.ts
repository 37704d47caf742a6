import { join } from "node:path";
import { type AboutOpinion, opinionOf, SMALLEST_CELL } from "../../collective/drafting/index.ts";
import type { Sensitivity } from "../../collective/index.ts";
import { type CollectiveData, renderCollectivePage } from "../../report/index.ts";
import { writeWhole } from "../../storage/index.ts";
import { writeTables } from "../collective/report-conversation.ts";
import type { TownDemo } from "./town-result.ts";

/** What the town is asked, and that whoever was flagged is left out. */
export const townAbout = ({ flagged }: Sensitivity): AboutOpinion => ({
  question:
    "A simulated town on harbor: three groups with known wishes, noise, ballot-stuffers and late-comers. Evidence about the mechanics, not about people.",
  smallestCell: SMALLEST_CELL,
  when: "before",
  flagged: { people: flagged.length, isLeftOut: true },
});

/** Writes the page of a town's demonstration and its tables; returns the page. */
export async function writeTownPage(demo: TownDemo): Promise<string> {
  const { folder, analysis, conversation, sensitivity, drafted, provenance, comparisons, seed } = demo;
  const data: CollectiveData = {
    title: "Harbor’s town",
    ...{ seed, drafted, provenance },
    opinion: opinionOf(conversation, analysis, townAbout(sensitivity)),
    comparisons: comparisons.map(({ checkpoint, rows }) => ({
      checkpoint,
      rows: rows.map(({ category, ...row }) => ({ ...row, name: category })),
    })),
  };
  const path = join(folder, "report.html");
  writeWhole(path, renderCollectivePage(data));
  await writeTables(data, { csv: join(folder, "csv"), parquet: join(folder, "parquet") });
  return path;
}
