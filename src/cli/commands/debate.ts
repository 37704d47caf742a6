import { PreceptError } from "../../errors.ts";
import { type Condition, conditions } from "../../oversight/index.ts";
import { holdDebate } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showDebate } from "../show-debate.ts";
import { parsePrice } from "../show-spent.ts";

export interface DebateFlags {
  readonly rounds?: number | undefined;
  readonly judge?: string | undefined;
  readonly debater?: string | undefined;
  readonly opponent?: string | undefined;
  readonly questions?: string | undefined;
  readonly count?: number | undefined;
  readonly bestOf?: number | undefined;
  readonly scorer?: string | undefined;
  readonly lessons?: number | undefined;
  readonly temperature?: number | undefined;
  readonly only?: string | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly maxCost?: number | undefined;
  readonly price?: readonly string[] | undefined;
  readonly json: boolean;
}

/** precept debate RUN, or precept debate --questions FILE --debater MODEL --judge MODEL. */
export async function debate(this: CliContext, flags: DebateFlags, place: string | undefined): Promise<void> {
  const { rounds = 2, bestOf = 1, temperature = 1, seed = 1, only, price = [], json, ...named } = flags;
  const debater = requireDebater(named.debater ?? place, "Holding a debate");
  const held = await holdDebate(
    {
      ...named,
      run: place,
      debater,
      prices: Object.fromEntries(price.map(parsePrice)),
      env: this.env,
      command: this.command,
      progress: progressOf(this, json),
      signal: this.signal,
    },
    { rounds, bestOf, temperature, seed, conditions: only === undefined ? conditions : parseConditions(only) },
  );
  if (json) printJson(this, held);
  else print(this, showDebate(held, pageOf(this.process.stdout, this.env)));
}

function parseConditions(text: string): Condition[] {
  return text.split(",").map((name) => {
    const found = conditions.find((condition) => condition === name.trim());
    if (found !== undefined) return found;
    throw new PreceptError("usage", {
      attempted: "Choosing what the judge sees",
      found: `no condition ${name.trim()}`,
      expected: `some of ${conditions.join(", ")}`,
    });
  });
}

/** @throws PreceptError usage where nobody was named. */
export function requireDebater(named: string | undefined, attempted: string): string {
  if (named !== undefined) return named;
  throw new PreceptError("usage", {
    attempted,
    found: "nobody who debates",
    expected: "a run, or a model",
    remedy: "precept debate RUN, or precept debate --questions FILE --debater MODEL --judge MODEL",
  });
}
