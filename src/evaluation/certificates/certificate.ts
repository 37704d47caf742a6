import { z } from "zod";
import { rng } from "../../rng.ts";
import {
  type Agreement,
  type Attempt,
  alphaOfCoincidences,
  attempt,
  calibration,
  clusterBootstrap,
  cohenKappa,
  type Estimate,
  estimateSchema,
  type Judged,
  notEnough,
  rateOf,
  rateSchema,
} from "../../statistics/index.ts";
import type { JudgeIdentity } from "../judges/index.ts";

/** One item with what people and the judge said of it; undefined where somebody said nothing. */
export interface LabelledItem {
  readonly id: string;
  /** One place an annotator. */
  readonly people: readonly (string | undefined)[];
  /** The adjudicated label; else the first annotator's stands for it. */
  readonly final?: string | undefined;
  /** Undefined: the judge gave no verdict. */
  readonly judge: string | undefined;
  /** What it said when it was asked the same again; absent where it was asked once. */
  readonly again?: string | undefined;
  /** The judge's probability of `positive`, where it states one. */
  readonly probability?: number;
}

const estimatedSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("estimated"), value: estimateSchema }),
  z.object({ outcome: z.literal("not-enough-evidence"), reason: z.string() }),
]);
const agreementSchema = z.object({
  n: z.int().min(1),
  agreement: rateSchema,
  kappa: estimatedSchema,
  alpha: estimatedSchema,
  /** table[i][j]: the first gave labels[i], the second labels[j]. */
  labels: z.array(z.string()),
  table: z.array(z.array(z.int())),
});

export const certificateSchema = z.object({
  schemaVersion: z.literal(2),
  /** Day on which it was made, UTC. */
  date: z.iso.date(),
  judge: z.object({
    name: z.string(),
    version: z.string(),
    model: z.string().nullable(),
    prompt: z.string(),
    hash: z.string(),
  }),
  /** Names of the files, and sha256 of the items and their labels; `labels` is null where the answers hold them. */
  calibratedOn: z.object({
    answers: z.string(),
    labels: z.string().nullable(),
    hash: z.string(),
    /** The labels are known from how the items were made; nobody labelled them. */
    isByRule: z.boolean().optional(),
  }),
  metric: z.enum(["nominal", "ordinal"]),
  items: z.int().min(1),
  annotators: z.int().min(1),
  undetermined: rateSchema,
  /** Between the first two annotators: the ceiling. Absent with one. */
  people: agreementSchema.optional(),
  /** The judge against the people's label; no verdict is a label of its own. */
  judgement: agreementSchema,
  /** The judge against itself, where it was asked twice. */
  again: agreementSchema.optional(),
  /** How often the judge gave an item its label, by the people's label. */
  byLabel: z.record(z.string(), rateSchema),
  /** Of judges that state probabilities. */
  ece: z.object({ equalWidth: estimatedSchema, equalMass: estimatedSchema, brier: z.number() }).optional(),
  /** Of judges of pairs: how often the verdict turned with the order. */
  flips: rateSchema.optional(),
  warnings: z.array(z.string()),
});
export type Certificate = z.infer<typeof certificateSchema>;

export interface CertifyOptions {
  readonly judge: JudgeIdentity & { readonly hash: string };
  readonly date: string;
  readonly calibratedOn: Certificate["calibratedOn"];
  /** "ordinal" for scores, whose labels are numbers. */
  readonly metric: "nominal" | "ordinal";
  readonly seed: number;
  /** The label whose probability the judge states. */
  readonly positive?: string;
  readonly flips?: z.infer<typeof rateSchema> | undefined;
}

const noVerdict = "(no verdict)";

/**
 * What a judge is worth on labelled items: agreement, kappa and alpha with intervals, the people's own as ceiling, by label,
 * and its calibration where it states probabilities.
 * @throws PreceptError not-enough-evidence for no labelled item.
 */
export function certify(items: readonly LabelledItem[], options: CertifyOptions): Certificate {
  const { judge, date, calibratedOn, metric, seed, positive, flips } = options;
  const labelled = items.flatMap((item) => {
    const label = item.final ?? item.people.find((one) => one !== undefined);
    return label === undefined ? [] : [{ ...item, label }];
  });
  if (labelled.length === 0) throw notEnough("Certifying a judge", "no labelled item", "one or more, better 100");
  const twice = labelled.flatMap(({ people: [a, b] }) => (a === undefined || b === undefined ? [] : [[a, b] as const]));
  const people = twice.length === 0 ? undefined : agreementOf(twice, metric, seed);
  const judgement = agreementOf(
    labelled.map(({ label, judge }) => [label, judge ?? noVerdict] as const),
    metric,
    seed,
  );
  const repeated = labelled.flatMap((item) =>
    "again" in item ? [[item.judge ?? noVerdict, item.again ?? noVerdict] as const] : [],
  );
  const undetermined = rateOf(labelled.map((item) => item.judge === undefined));
  const byLabel = Object.fromEntries(
    [...Map.groupBy(labelled, ({ label }) => label)].flatMap(([label, own]) => {
      const rate = rateOf(own.map((item) => item.judge === label));
      return rate === undefined ? [] : [[label, rate] as const];
    }),
  );
  const stated = labelled.flatMap(({ label, probability }): Judged[] =>
    probability === undefined || positive === undefined ? [] : [{ probability, outcome: label === positive }],
  );
  return certificateSchema.parse({
    schemaVersion: 2,
    date,
    judge: { name: judge.name, version: judge.version, model: judge.model, prompt: judge.prompt, hash: judge.hash },
    calibratedOn,
    metric,
    items: labelled.length,
    annotators: Math.max(1, ...labelled.map((item) => item.people.filter((one) => one !== undefined).length)),
    undetermined,
    people,
    judgement,
    ...(repeated.length === 0 ? {} : { again: agreementOf(repeated, metric, seed) }),
    byLabel,
    ...(stated.length === 0 ? {} : { ece: errorsOf(stated, seed) }),
    flips,
    warnings: warningsOf(labelled.length, judgement, people !== undefined || calibratedOn.isByRule === true),
  });
}

type Agreed = z.input<typeof agreementSchema>;

function agreementOf(
  pairs: readonly (readonly [string, string])[],
  metric: CertifyOptions["metric"],
  seed: number,
): Agreed {
  const [first, second] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
  const found = attempt((): Agreement => cohenKappa(first, second));
  const alpha = attempt(() => alphaInterval(pairs, metric, seed));
  const rate = rateOf(pairs.map(([a, b]) => a === b));
  if (rate === undefined) throw notEnough("Computing agreement", "no items", "one item or more");
  const labels = [...new Set([...first, ...second])].sort();
  return {
    n: pairs.length,
    agreement: rate,
    kappa: found.outcome === "estimated" ? { outcome: "estimated", value: toPlain(found.value.kappa) } : found,
    alpha,
    labels,
    table: labels.map((a) => labels.map((b) => pairs.filter(([x, y]) => x === a && y === b).length)),
  };
}

/** With the bootstrap's interval over items. Of ordered labels, items without a number on either side are missing ratings. */
function alphaInterval(
  pairs: readonly (readonly [string, string])[],
  metric: CertifyOptions["metric"],
  seed: number,
): Estimate {
  const isNumber = (label: string): boolean => label !== "" && Number.isFinite(Number(label));
  const rated = metric === "nominal" ? pairs : pairs.filter((pair) => pair.every(isNumber));
  const values = [...new Set(rated.flat())].sort((a, b) =>
    metric === "ordinal" ? Number(a) - Number(b) : a < b ? -1 : 1,
  );
  const k = values.length;
  const codes = rated.map(([a, b]) => [values.indexOf(a), values.indexOf(b)] as const);
  const statistic = (sample: readonly (readonly [number, number])[]): number => {
    const coincidences = new Float64Array(k * k);
    for (const [a, b] of sample) {
      for (const place of [a * k + b, b * k + a]) coincidences[place] = (coincidences[place] ?? 0) + 1;
    }
    return alphaOfCoincidences(values, coincidences, metric);
  };
  const names = codes.map((_, i) => `${i}`);
  const random = rng(seed, "certificate", "alpha");
  return toPlain(clusterBootstrap(codes, names, statistic, { rng: random, resamples: 1000 }));
}

function errorsOf(stated: readonly Judged[], seed: number): z.input<typeof certificateSchema>["ece"] {
  const names = stated.map((_, i) => `${i}`);
  const interval = (kind: "equalWidth" | "equalMass"): Attempt<Estimate> =>
    attempt(() => {
      const statistic = (sample: readonly Judged[]): number => calibration(sample)[kind].ece;
      const random = rng(seed, "certificate", kind);
      return toPlain(clusterBootstrap(stated, names, statistic, { rng: random, resamples: 1000 }));
    });
  return { equalWidth: interval("equalWidth"), equalMass: interval("equalMass"), brier: calibration(stated).brier };
}

function toPlain({ estimate, low, high, n }: Estimate): Estimate {
  return { estimate, low, high, n };
}

function warningsOf(n: number, judgement: Agreed, isSure: boolean): string[] {
  const low = judgement.kappa.outcome === "estimated" ? judgement.kappa.value.low : undefined;
  return [
    ...(n < 100 ? [`${n} labelled items; 100 or more make a certificate worth having`] : []),
    ...(!isSure ? ["one annotator: there is no ceiling to hold the judge against"] : []),
    ...(judgement.kappa.outcome === "estimated" ? [] : [`no kappa: ${judgement.kappa.reason}`]),
    ...(low !== undefined && low < 0.4
      ? [`kappa may be as low as ${low.toFixed(2)}: agreement alone says little where one label is common`]
      : []),
  ];
}
