import { critiqueModel } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showCritique } from "../show-critique.ts";
import { parsePrice } from "../show-spent.ts";

interface CritiqueFlags {
  readonly levels?: number | undefined;
  readonly count?: number | undefined;
  readonly critic?: string | undefined;
  readonly verifier?: string | undefined;
  readonly constitution?: string | undefined;
  readonly answers?: string | undefined;
  readonly pairs?: string | undefined;
  readonly wording?: "known" | "heldOut" | "far" | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly maxCost?: number | undefined;
  readonly price?: readonly string[] | undefined;
  readonly json: boolean;
}

/** precept critique MODEL */
export async function critique(this: CliContext, flags: CritiqueFlags, target: string): Promise<void> {
  const { levels = 2, count = 100, wording = "known", maxTokens = 256, seed = 1, price = [], json, ...rest } = flags;
  const critiqued = await critiqueModel({
    ...{ ...rest, target, levels, count, wording, maxTokens, seed, prices: Object.fromEntries(price.map(parsePrice)) },
    ...{ env: this.env, progress: progressOf(this, json), signal: this.signal },
  });
  if (json) printJson(this, { folder: critiqued.folder, key: critiqued.key, ...critiqued.found });
  else print(this, showCritique(critiqued, pageOf(this.process.stdout, this.env)));
}
