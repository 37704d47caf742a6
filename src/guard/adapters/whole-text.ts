import type { Verdict } from "../decide.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import type { Stage } from "../stage.ts";

/** A text that came whole: what may be delivered of it, or is said in its place. */
export async function guardText(
  exchange: GuardedExchange,
  stage: Stage,
  given: string,
): Promise<{ readonly text: string; readonly verdict: Verdict }> {
  const guarded = exchange.open(stage, true);
  const early = await guarded.push(given);
  const { pieces, verdict } = await guarded.end();
  const all = verdict.say === undefined ? [...early, ...pieces] : [];
  for (const piece of all) guarded.countDelivered(piece);
  exchange.close(guarded, verdict);
  return { text: verdict.say ?? all.map(({ text }) => text).join(""), verdict };
}
