import { nameStage } from "../../parts/words.tsx";

/** Ways to trace an answer, as they stand side by side. */
export const methods = ["ekfac", "tracin", "repsim", "bm25"] as const;
export type Method = (typeof methods)[number];

export const methodLabels: Readonly<Record<Method, { readonly name: string; readonly says: string }>> = {
  ekfac: {
    name: "EK-FAC",
    says: "influence by gradients and curvature: a straight line drawn on from the end of training, whose order is to be trusted, not its size",
  },
  tracin: {
    name: "TracIn",
    says: "the product of the two gradients, at the last checkpoint and at those of the training that the run kept",
  },
  repsim: { name: "RepSim", says: "the cosine of the last hidden states" },
  bm25: { name: "BM25", says: "shared words, without the model" },
};

/** Of whatever a table of methods names. */
export const nameMethod = (method: string): string =>
  methods.some((one) => one === method) ? methodLabels[method as Method].name : method;

/** Three digits and a sign: scores of different methods have sizes of their own. */
export function formatScore(score: number | undefined): string {
  if (score === undefined) return "–";
  const size = Math.abs(score);
  const text =
    size >= 1e5 || (size > 0 && size < 1e-3) ? size.toExponential(1) : Number(size.toPrecision(3)).toString();
  return `${score < 0 ? "−" : "+"}${text}`;
}

/** "sl-cai/without-replay" → "SL-CAI without replay"; an answer of a model elsewhere has none. */
export const nameCheckpoint = (checkpoint: string): string =>
  checkpoint === "answer" ? "an answer from elsewhere" : nameStage(checkpoint.replaceAll("/", "-"));
