import type { AnswerRecord } from "../evaluation/index.ts";
import {
  ChainTally,
  type ComparisonRecord,
  isOfChain,
  type ResponseRecord,
  type RevisionRecord,
  rewardOf,
} from "../feedback/index.ts";
import type { ContrastData, LabelStatistics } from "./data.ts";
import { type ChainSource, type ComparisonSource, decidedPrinciples } from "./examples.ts";
import { PrincipleCounter } from "./principle-records.ts";
import type { RunRecord } from "./records.ts";

/** What one pass over all records leaves in memory. */
export class RecordIndex {
  readonly counts: Record<string, Record<string, number>> = {};
  readonly answers: AnswerRecord[] = [];
  /** Of SL-CAI. */
  readonly responses: ResponseRecord[] = [];
  readonly revisions: RevisionRecord[] = [];
  readonly comparisons: ComparisonSource[] = [];
  readonly labels = new LabelCounter();
  readonly chainTally = new ChainTally();
  readonly principles = new PrincipleCounter();
  readonly templateVersions = new Set<string>();
  readonly constitutionHashes = new Set<string>();
  readonly suites = new Set<string>();
  readonly #contexts = new Map<string, ResponseRecord["context"]>();
  readonly #scored: { readonly response: string; readonly tokens: number; readonly reward: number }[] = [];
  readonly #compared = new Map<string, ResponseRecord["messages"]>();
  readonly #decided: (Pick<ComparisonSource, "id" | "decided"> & { readonly parents: readonly string[] })[] = [];

  add(stage: string, record: RunRecord): void {
    const counts = this.counts[stage] ?? {};
    this.counts[stage] = counts;
    for (const kind of kindsOf(record)) counts[kind] = (counts[kind] ?? 0) + 1;
    this.templateVersions.add(record.templateVersion);
    this.constitutionHashes.add(record.constitutionHash);
    if (stage === "sl-cai" && isOfChain(record)) this.chainTally.add(record);
    if (record.type === "answer" && stage === "evaluate") {
      this.answers.push(record);
      this.suites.add(record.benchmark);
    } else if (record.type === "response") {
      if (stage === "sl-cai") this.responses.push(record);
      else {
        this.#compared.set(record.id, record.messages);
        this.#contexts.set(record.id, record.context);
      }
    } else if (record.type === "contrast") {
      const reward = rewardOf(record);
      const [response = ""] = record.parents;
      if (reward !== undefined) this.#scored.push({ response, tokens: record.tokens, reward });
    } else if (record.type === "revision") {
      this.revisions.push(record);
      this.principles.addRevision(record);
    } else if (record.type === "critique") {
      this.principles.addCritique(record);
    } else if (record.type === "comparison") {
      this.labels.add(record);
      this.principles.addComparison(record);
      this.#decided.push({ id: record.id, parents: record.parents, decided: decidedPrinciples(record) });
    }
  }

  /** Records come sorted by id, so a comparison may stand before its responses: joined at the end. */
  comparisonSources(): ComparisonSource[] {
    return this.#decided.flatMap(({ id, parents, decided }) => {
      const messages = parents.map((parent) => this.#compared.get(parent)).find((found) => found !== undefined);
      return messages === undefined ? [] : [{ id, messages, decided }];
    });
  }

  /** Answers whose likelihoods under the contexts of a principle are known. */
  scoredAnswers(): ContrastData["answers"] {
    return this.#scored.map(({ response, tokens, reward }) => ({
      context: this.#contexts.get(response),
      tokens,
      reward,
    }));
  }

  /** A revision's line of parents ends at its response. */
  chains(): ChainSource[] {
    const root = new Map(this.responses.map(({ id }) => [id, id]));
    const revisions = new Map<string, RevisionRecord[]>(this.responses.map(({ id }) => [id, []]));
    for (const revision of [...this.revisions].sort((a, b) => a.round - b.round)) {
      const response = revision.parents.map((parent) => root.get(parent)).find((id) => id !== undefined);
      if (response === undefined) continue;
      root.set(revision.id, response);
      revisions.get(response)?.push(revision);
    }
    return this.responses.map((response) => ({ response, revisions: revisions.get(response.id) ?? [] }));
  }
}

/** The type, and the type with what divides it: "revision" and "revision: usable". */
function kindsOf(record: RunRecord): readonly string[] {
  const division = divisionOf(record);
  const type = record.type === "other" ? record.of : record.type;
  return division === undefined ? [type] : [type, `${type}: ${division}`];
}

function divisionOf(record: RunRecord): string | undefined {
  switch (record.type) {
    case "response":
      return record.kind;
    case "critique":
      return record.finding;
    case "revision":
      return record.outcome;
    case "sl-example":
    case "comparison":
      return record.source;
    case "preference":
      return record.split;
    case "answer":
      return record.subject;
    case "role-trial":
      return record.role;
    case "reading":
      return record.verdict;
    case "no-label":
      return record.unanswered[0]?.missing;
    case "contrast":
    case "rollout":
    case "other":
      return undefined;
  }
}

class LabelCounter {
  readonly #histogram = new Array<number>(10).fill(0);
  #n = 0;
  #clamped = 0;
  #disagreement = 0;
  #evidence = 0;

  add({ label, raw, evidence }: ComparisonRecord): void {
    const bin = Math.min(9, Math.floor(label * 10));
    this.#histogram[bin] = (this.#histogram[bin] ?? 0) + 1;
    this.#n += 1;
    if (label !== raw) this.#clamped += 1;
    for (const { disagreement } of evidence) {
      this.#disagreement += disagreement;
      this.#evidence += 1;
    }
  }

  statistics(): LabelStatistics | undefined {
    if (this.#n === 0) return undefined;
    return {
      n: this.#n,
      histogram: this.#histogram,
      clamped: this.#clamped,
      ...(this.#evidence === 0 ? {} : { meanDisagreement: this.#disagreement / this.#evidence }),
    };
  }
}
