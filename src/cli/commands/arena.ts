import { relative } from "node:path";
import { arenaMarkdown, holdArena } from "../../evaluation/index.ts";
import { harborWorld } from "../../project/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { align } from "../layout.ts";

export interface ArenaFlags {
  readonly judge?: string | undefined;
  readonly helpful?: string;
  readonly harmful?: string;
  readonly items?: number;
  readonly seed?: number | undefined;
  readonly run?: string;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept arena A B C: Elo of runs' checkpoints or models, helpfulness and harmlessness apart. */
export async function arenaCommand(this: CliContext, flags: ArenaFlags, ...names: readonly string[]): Promise<void> {
  const { judge, helpful, harmful, items, seed = 1, run, out, json } = flags;
  const { folder, results } = await holdArena({
    names,
    judge,
    helpful,
    harmful,
    items,
    seed,
    folder: run,
    worlds: [harborWorld],
    command: this.command,
    progress: progressOf(this, json),
    signal: this.signal,
  });
  const markdown = results.map(arenaMarkdown).join("\n");
  if (out !== undefined) {
    writeOutput(out, out.endsWith(".json") ? `${JSON.stringify({ arena: results }, null, 2)}\n` : markdown);
  }
  if (json) printJson(this, { folder, arena: results });
  else print(this, `${align(markdown)}\n${relative(process.cwd(), folder)}`);
}
