import { join } from "node:path";
import { publish } from "../../collective/site/index.ts";
import { type CollectiveData, renderCollectivePage } from "../../report/index.ts";
import { writeWhole } from "../../storage/index.ts";
import { writeTables } from "../collective/report-conversation.ts";
import type { TownDemo } from "./town-result.ts";

const smallestCell = 5;

/** Writes the page of a town's demonstration and its tables; returns the page. */
export async function writeTownPage(demo: TownDemo): Promise<string> {
  const { folder, analysis, conversation, drafted, provenance, comparisons, seed } = demo;
  const data: CollectiveData = {
    title: "Harbor’s town",
    question:
      "A simulated town on harbor: three groups with known wishes, noise, ballot-stuffers and late-comers. Evidence about the mechanics, not about people.",
    ...{ smallestCell, seed, drafted, provenance },
    published: publish(analysis, smallestCell),
    texts: new Map(conversation.statements.map(({ id, text }) => [id, text])),
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
