import { join } from "node:path";
import {
  type Certificate,
  certificateFile,
  certificatesFolder,
  certify,
  findStanding,
  judgeHash,
  type LabelledItem,
  type Standing,
} from "../evaluation/index.ts";
import { type LanguageModel, withModel } from "../language-model.ts";
import { type Env, openModel } from "../models/index.ts";
import type { Progress } from "../progress/index.ts";
import {
  askEntailment,
  type EntailmentFact,
  entailmentIdentity,
  type FactKind,
  makeEntailmentFacts,
  shuffleQuotes,
} from "../retrieval/index.ts";
import { type Estimate, wilson } from "../statistics/index.ts";
import { contentHash, writeOutput } from "../storage/index.ts";

/** Facts that a judge is certified on unless told otherwise. */
const factsAsked = 300;

/** Below this agreement with what is known, what a judge of quotations says is no figure. */
export const leastKappa = 0.8;

export interface CalibrateEntailmentOptions {
  readonly judge: string | LanguageModel;
  /** Facts; default 300. */
  readonly items?: number | undefined;
  readonly seed: number;
  /** Where certificates are kept. */
  readonly folder?: string | undefined;
  readonly env?: Env;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface CalibratedEntailment {
  readonly path: string;
  readonly certificate: Certificate;
  /** How often the judge was right, by how the sentence was made. */
  readonly byKind: Readonly<Partial<Record<FactKind, Estimate>>>;
  /** Control: true sentences that it takes for stated by another fact's quotations. */
  readonly shuffled: Estimate;
}

/**
 * Certifies the judge of quotations on facts that were made by rule, so that what is true is known, and asks it about shuffled
 * quotations as a control. @throws what the judge throws.
 */
export async function calibrateEntailment(options: CalibrateEntailmentOptions): Promise<CalibratedEntailment> {
  const { judge, items = factsAsked, seed, folder = certificatesFolder, env, progress, signal } = options;
  const facts = makeEntailmentFacts(items, seed);
  const swapped = shuffleQuotes(facts);
  const open = (): Promise<LanguageModel> =>
    typeof judge === "string" ? openModel(judge, { ...(env && { env }), signal }) : Promise.resolve(judge);
  const { id, found } = await withModel(open, async (opened) => {
    const model = await opened();
    progress.start("calibrate", model.id, facts.length + swapped.length, "sentences");
    const found = new Map<string, number | undefined>();
    for await (const { id: fact, probability } of askEntailment(model, [...facts, ...swapped], { seed, signal })) {
      found.set(fact, probability);
      progress.advance(1);
    }
    progress.finish();
    return { id: model.id, found };
  });
  const isStated = (fact: EntailmentFact): boolean | undefined => {
    const probability = found.get(fact.id);
    return probability === undefined ? undefined : probability > 0.5;
  };
  const labelled = facts.map((fact): LabelledItem => {
    const said = isStated(fact);
    const probability = found.get(fact.id);
    const judged = said === undefined ? undefined : labelOf(said);
    const item = { id: fact.id, people: [], final: labelOf(fact.states), judge: judged };
    return probability === undefined ? item : { ...item, probability };
  });
  const identity = entailmentIdentity(id);
  const certificate = certify(labelled, {
    judge: { ...identity, hash: judgeHash(identity) },
    date: new Date().toISOString().slice(0, 10),
    calibratedOn: {
      answers: `${facts.length} facts by template, seed ${seed}`,
      labels: null,
      hash: contentHash(facts),
      isByRule: true,
    },
    metric: "nominal",
    seed,
    positive: labelOf(true),
  });
  const path = join(folder, certificateFile(certificate.judge));
  writeOutput(path, `${JSON.stringify(certificate, null, 2)}\n`);
  const rateOf = (some: readonly EntailmentFact[], is: (fact: EntailmentFact) => boolean): Estimate =>
    wilson(some.filter(is).length, some.length);
  const byKind = [...Map.groupBy(facts, ({ kind }) => kind)].map(
    ([kind, own]) => [kind, rateOf(own, (fact) => isStated(fact) === fact.states)] as const,
  );
  const shuffled = rateOf(swapped, (fact) => isStated(fact) === true);
  return { path, certificate, byKind: Object.fromEntries(byKind), shuffled };
}

const labelOf = (states: boolean): string => (states ? "states it" : "does not");

/** What is known of a judge of quotations, and whether its recall and precision are figures at all. */
export interface EntailmentStanding {
  readonly standing: Standing;
  readonly isCertified: boolean;
}

/** Looks a judge up among the certificates that are kept. */
export function findEntailmentStanding(
  model: string,
  folder: string,
  warn: (text: string) => void,
): EntailmentStanding {
  const { prompt, ...known } = entailmentIdentity(model);
  const standing = findStanding({ ...known, hash: judgeHash({ ...known, prompt }) }, folder, warn);
  const kappa = standing.certificate?.judgement.kappa;
  const isOwn = standing.state === "valid" || standing.state === "stale";
  const isCertified = isOwn && kappa?.outcome === "estimated" && kappa.value.estimate >= leastKappa;
  return { standing, isCertified };
}
