import { colourOf } from "../../../src/charts/index.ts";
import type { Interval, Phrase } from "../../../src/view/source.ts";
import { formatCount, formatPercent } from "../format.ts";
import type { SourceError } from "../source/source-error.ts";

/** A phrase with the parts that stand out. */
export function Words({ of }: { readonly of: Phrase }) {
  return (
    <>
      {of.map((part, i) => {
        if (typeof part === "string") return part;
        if ("em" in part) return <i key={`${i}`}>{part.em}</i>;
        if ("strong" in part) return <b key={`${i}`}>{part.strong}</b>;
        return <code key={`${i}`}>{part.code}</code>;
      })}
    </>
  );
}

/** "94.2–97.8 · n 420" */
export function IntervalWords({ of, withN }: { readonly of: Interval; readonly withN?: boolean | undefined }) {
  return (
    <span class="interval">
      {formatPercent(of.low)}–{formatPercent(of.high)}
      {withN ? ` · n\u00a0${formatCount(of.n)}` : null}
    </span>
  );
}

/** What stands where a page would be. */
export function Message({ error }: { readonly error: SourceError }) {
  if (error.code === "gone") return null;
  return (
    <div class="message" role="alert">
      <h1>{error.code === "not-found" ? "Not here" : "That did not work"}</h1>
      <p>{error.message}</p>
      <p class="meta">
        <a href="#/">All runs</a>
      </p>
    </div>
  );
}

export function Waiting({ for: what }: { readonly for: string }) {
  return (
    <p class="waiting" role="status">
      Reading {what}…
    </p>
  );
}

/** "sl-cai" → "SL-CAI". */
export function nameStage(name: string): string {
  const known: Readonly<Record<string, string>> = {
    initial: "Initial",
    "sl-cai": "SL-CAI",
    "rl-cai": "RL-CAI",
    "sl-cai-without-replay": "SL-CAI without replay",
    "ai-feedback": "AI feedback",
    "preference-model": "Preference model",
    dpo: "DPO",
    evaluate: "Evaluation",
    contrast: "Contrast",
  };
  const [stage = name, ...training] = name.split(": ");
  return [known[stage] ?? stage, ...training].join(": ");
}

/** The class, and so the colour, of a checkpoint. */
export const classOf = (checkpoint: string): string => (colourOf(checkpoint) === "var(--ink)" ? "" : checkpoint);
