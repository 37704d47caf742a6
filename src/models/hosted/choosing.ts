import type { Message, Usage } from "../../language-model.ts";
import type { NextTokens } from "./openai-shapes.ts";
import { walk } from "./option-scores.ts";

/** Off-path continuations that weigh less than this are not followed. */
const NEGLIGIBLE = 1e-4;
const MOST_CALLS = 24;
const LONGEST_STEP = 12;

/** What was read of the options' probabilities, before it is normalised. */
export interface Reading {
  /** What each option weighs; not normalised. */
  readonly masses: readonly number[];
  readonly usage: Usage;
  /** What the model says of its own accord, for telling a refusal from a slip. */
  readonly text: string;
  readonly finishReason: NextTokens["finishReason"];
  readonly isRefusal: boolean;
}

/** Asks for the most probable path after what was said, with alternatives; `length` tokens at most. */
export type AskNext = (said: string, length: number) => Promise<NextTokens>;

/**
 * What whole options weigh, from next-token probabilities alone: the sampled path first, then, where the endpoint can
 * continue a given beginning, every other path that an option takes. Options that are nowhere listed count as the least
 * probable alternative (or the rest of the mass, if that is less).
 */
export async function readOptions(
  ask: AskNext,
  options: readonly string[],
  { canContinue, isTurnStart }: { readonly canContinue: boolean; readonly isTurnStart: boolean },
): Promise<Reading> {
  const masses = new Array<number>(options.length).fill(0);
  const bounds = new Array<number>(options.length).fill(0);
  let usage: Usage = { promptTokens: 0, completionTokens: 0 };
  let first: NextTokens | undefined;
  const queue = [{ said: "", starts: options.map((left, option) => ({ option, left, logprob: 0 })) }];
  for (let calls = 0; calls < MOST_CALLS; calls++) {
    const job = queue.shift();
    if (job === undefined) break;
    const longest = Math.max(...job.starts.map(({ left }) => [...left].length));
    const next = await ask(job.said, Math.min(LONGEST_STEP, longest + (isTurnStart && job.said === "" ? 1 : 0)));
    first ??= next;
    usage = addUsage(usage, next.usage);
    const walked = walk(next.steps, job.starts, options.length, isTurnStart && job.said === "");
    for (const [index, mass] of walked.masses.entries()) masses[index] = (masses[index] ?? 0) + mass;
    for (const [index, bound] of walked.bounds.entries()) bounds[index] = (bounds[index] ?? 0) + bound;
    for (const { said, ...branch } of walked.branches) {
      const weight = Math.exp(branch.logprob);
      // A path that got no further than where it began would be asked for again and again.
      if (!canContinue) masses[branch.option] = (masses[branch.option] ?? 0) + (said === "" ? 0 : weight);
      else if (weight < NEGLIGIBLE || said === "") bounds[branch.option] = (bounds[branch.option] ?? 0) + weight;
      else {
        const place = job.said + said;
        const known = queue.find((other) => other.said === place);
        if (known === undefined) queue.push({ said: place, starts: [branch] });
        else known.starts.push(branch);
      }
    }
  }
  return {
    masses: masses.map((mass, index) => (mass > 0 ? mass : (bounds[index] ?? 0))),
    usage,
    text: first?.text ?? "",
    finishReason: first?.finishReason ?? "stop",
    isRefusal: first?.isRefusal ?? false,
  };
}

/** What two calls cost together. */
export const addUsage = (a: Usage, b: Usage): Usage => ({
  promptTokens: a.promptTokens + b.promptTokens,
  completionTokens: a.completionTokens + b.completionTokens,
});

/** The dialogue with a beginning of the answer, as the protocol wants it continued. */
export function addPrefill(messages: readonly Message[], said: string): readonly Message[] {
  return said === "" ? messages : [...messages, { role: "assistant", content: said }];
}
