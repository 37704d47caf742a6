import { trainDebater } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { parsePrice } from "../show-spent.ts";
import { requireDebater } from "./debate.ts";

export interface DebateTrainFlags {
  readonly rounds?: number | undefined;
  readonly judge?: string | undefined;
  readonly debater?: string | undefined;
  readonly questions?: string | undefined;
  readonly count?: number | undefined;
  readonly bestOf?: number | undefined;
  readonly lessons?: number | undefined;
  readonly temperature?: number | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly maxCost?: number | undefined;
  readonly price?: readonly string[] | undefined;
  readonly json: boolean;
}

/** precept debate train RUN: a debater that learned from the turns by which it convinced the judge. */
export async function debateTrain(this: CliContext, flags: DebateTrainFlags, place: string | undefined): Promise<void> {
  const { rounds = 2, bestOf = 8, temperature = 1, seed = 1, price = [], json, ...named } = flags;
  const debater = requireDebater(named.debater ?? place, "Training a debater");
  const { env, command, signal } = this;
  const trained = await trainDebater({
    ...{ ...named, run: place, debater, rounds, samples: bestOf, temperature, seed },
    prices: Object.fromEntries(price.map(parsePrice)),
    ...{ env, command, signal, progress: progressOf(this, json) },
  });
  if (json) return printJson(this, trained);
  const { checkpoint, turns, score, least } = trained;
  const percent = (share: number): string => (100 * share).toFixed(1);
  print(
    this,
    `learned from ${turns} turns: by the judge, their side was right with ${percent(score)} %, after the worst in their places with ${percent(least)} %`,
  );
  const keeper = place === undefined ? "" : ` ${place}`;
  print(this, `next: precept debate${keeper} --debater ${checkpoint}`);
}
