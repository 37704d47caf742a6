import { join } from "node:path";
import { diffCheckpoints, openPlace, siteFor } from "../../project/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showDiff, writeReview } from "../show-feature-diff.ts";
import { type LearningFlags, settingsOf } from "./features.ts";

interface DiffFlags extends LearningFlags {
  readonly items?: number | undefined;
  readonly top?: number | undefined;
  readonly review: boolean;
}

const REVIEWED = 10;

/** precept features diff A B */
export async function featuresDiff(this: CliContext, flags: DiffFlags, first: string, second: string): Promise<void> {
  const { site = "mlp", layer, items, top = 20, review, out, json } = flags;
  const before = await openPlace(first);
  const after = await openPlace(second);
  try {
    const diff = await diffCheckpoints({
      ...{
        before,
        after,
        site: siteFor(before, site, layer),
        settings: settingsOf(flags),
        perSplit: items,
        out,
        reviewed: review ? REVIEWED : 0,
      },
      ...{ command: this.command, progress: progressOf(this, json), signal: this.signal },
    });
    const page = join(diff.dictionary, "review.md");
    if (diff.review !== undefined) writeOutput(page, writeReview(diff));
    if (json) printJson(this, diff);
    else print(this, showDiff(diff, top, pageOf(this.process.stdout, this.env)));
    if (diff.review !== undefined && !json) print(this, `\nreview ${page}`);
  } finally {
    await before.model.dispose();
    await after.model.dispose();
  }
}
