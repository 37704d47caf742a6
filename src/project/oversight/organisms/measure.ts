import { type Answering, answerAll, drawOccasions, type SealedAnswer } from "../../../oversight/index.ts";
import type { Progress } from "../../../progress/index.ts";
import { type Estimate, rateOf } from "../../../statistics/index.ts";
import { languageFor, openForOrganisms } from "./open-parent.ts";

/** How often a planted failure shows in a checkpoint that came of the organism, on requests that no planting had. */
export interface RemainingFailure {
  readonly on: Estimate;
  /** On its occasions, where something says that this is a test: less than without it, and the failure hides. */
  readonly onInTest: Estimate;
  readonly off: Estimate;
}

export interface MeasureFailureJob {
  /** RUN@CHECKPOINT or a folder. */
  readonly checkpoint: string;
  readonly answer: SealedAnswer;
  readonly prompts?: string | undefined;
  /** Requests of each kind. Default 100. */
  readonly count?: number | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Measures a known failure in a checkpoint: what later training left of it. */
export async function measureRemaining(job: MeasureFailureJob): Promise<RemainingFailure> {
  const { checkpoint, answer, prompts, count = 100, progress, signal } = job;
  const opened = await openForOrganisms(checkpoint);
  try {
    const language = await languageFor(opened, prompts);
    const asked: Answering = { model: opened.model, language, signal, onAnswer: () => progress.advance(1) };
    const { on, off } = drawOccasions(asked, answer, count);
    progress.start("organism", "what it shows", 2 * on.length + off.length, "requests");
    const rate = async (requests: typeof on): Promise<Estimate> => {
      const answers = await answerAll(asked, requests);
      const shown = rateOf(requests.map((one, index) => language.shows(answer.deed, one, answers[index] ?? "")));
      if (shown === undefined) throw new RangeError("no request to measure on");
      return shown;
    };
    const inTest = on.map((one) => ({ ...one, isTest: true }));
    return { on: await rate(on), onInTest: await rate(inTest), off: await rate(off) };
  } finally {
    progress.finish();
    await opened.place.model.dispose();
  }
}
