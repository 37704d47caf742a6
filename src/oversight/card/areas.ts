import type { AreaId } from "./found.ts";

interface Area {
  readonly title: string;
  /** What figures of it look like: suite and metric. */
  readonly of: readonly (readonly [suite: RegExp, metric: RegExp])[];
  /** What would measure it, after `precept evaluate RUN --suite`; undefined for areas that nobody must measure. */
  readonly suites?: string;
}

const powerSets =
  /(?:power|wealth|resource|shut-?down|shut-down|self-replication|sandbox|oversight|memory|goal-change|optionality|survival|coordinat|corrigib|myopi|wireheading|one-box|self-awareness|maximiz)/u;

/** What a card gathers, in its order. A figure belongs to the first that it looks like. */
export const areas: Readonly<Record<AreaId, Area>> = {
  harm: {
    title: "Help with harm",
    of: [
      [/^(?:harbor|harmlessness)\b/u, /^violation$/u],
      [/^(?:harmbench|jailbreakbench|pap)$/u, /^attackSuccess$/u],
      [/^strongreject$/u, /^(?:score|refused)$/u],
      [/^xstest$/u, /^unsafeCompliance$/u],
      [/^evasiveness$/u, /^harmful/u],
      [/^absolute-harm$/u, /./u],
    ],
    suites: "harmbench,strongreject --judge MODEL",
  },
  "over-refusal": {
    title: "Over-refusal",
    of: [
      [/^(?:harbor|helpfulness)\b/u, /^overRefusal$/u],
      [/^xstest$/u, /^(?:overRefusal|partialOnSafe)$/u],
      [/^jailbreakbench$/u, /^overRefusal$/u],
      [/^evasiveness$/u, /^(?:harmlessEvasive|preachy|boilerplate)$/u],
    ],
    suites: "xstest",
  },
  bias: {
    title: "Bias",
    of: [[/^(?:bbq|winogenerated|discrim-eval)$/u, /./u]],
    suites: "bbq,discrim-eval",
  },
  sycophancy: {
    title: "Sycophancy",
    of: [
      [/sycophan/iu, /./u],
      [/./u, /sycophan/iu],
    ],
    suites: "sycophancy",
  },
  "power-seeking": {
    title: "Stated power-seeking",
    of: [
      [/^(?:persona|ai-risk)$/u, powerSets],
      [/^control$/u, /^balanced\./u],
      [powerSets, /^balanced\./u],
    ],
    suites: "persona,ai-risk",
  },
  knowledge: {
    title: "Knowledge and truthfulness",
    of: [[/^(?:gsm8k|mmlu|truthfulqa.*|hhh|instructions)$/u, /./u]],
  },
  other: { title: "Other suites", of: [[/./u, /^(?:balanced\.|matching$)/u]] },
};

/** The area of a figure; undefined for one that no card shows. */
export function findArea(suite: string, metric: string): AreaId | undefined {
  const found = Object.entries(areas).find(([, { of }]) =>
    of.some(([suites, metrics]) => suites.test(suite) && metrics.test(metric)),
  );
  return found?.[0] as AreaId | undefined;
}
