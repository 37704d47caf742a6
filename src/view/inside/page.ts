import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Findings, KeptDictionary, KeptReferee, NamedAnswer } from "../../inside/index.ts";
import { isEstimate } from "../../statistics/index.ts";
import { shownPath } from "../../storage/index.ts";
import type { OpenRun } from "../run/open-run.ts";
import { countRecords } from "../run/record-counts.ts";
import type { AnswerLine, DictionaryLine, InsidePage, Referee, TracedCheckpoint } from "../source-inside.ts";

/** Checkpoints whose answers are traced, and the ones whose training examples these come from. */
const traced = {
  "sl-cai": "sl-cai",
  "sl-cai/without-replay": "sl-cai/without-replay",
  dpo: "sl-cai",
  "rl-cai": "sl-cai",
} as const;

/** Checkpoints of a run whose answers can be traced to its training examples. */
export function tracedCheckpoints(run: OpenRun, { indexed }: Pick<Findings, "indexed">): TracedCheckpoint[] {
  if ((countRecords(run, "sl-cai")["sl-example"] ?? 0) === 0) return [];
  return Object.entries(traced)
    .filter(([checkpoint]) => existsSync(join(run.folder, checkpoint, "checkpoint")))
    .map(([checkpoint, trained]) => ({
      checkpoint,
      examples: indexed[trained] ?? null,
      command: `precept attribute ${shownPath(run.folder)}@${checkpoint} --prompt "…"`,
    }));
}

export function toInsidePage(run: OpenRun, found: Findings): InsidePage {
  const { answers, dictionaries, probes, audit = null, planted = null, referees, forgotten, faults } = found;
  return {
    ...{ traced: tracedCheckpoints(run, found), audit, planted, forgotten, probes, faults },
    answers: answers.map(toAnswerLine),
    dictionaries: dictionaries.map(toLine),
    referees: referees.map(toReferee),
  };
}

/** Methods of attribution, that which is nearest to the truth by retrainings first. */
const methods = ["ekfac", "tracin", "repsim", "bm25"] as const;

export function toAnswerLine({ name, answering, request, response, principles }: NamedAnswer): AnswerLine {
  const method = methods.find((one) => principles.some(({ byMethod }) => byMethod[one] !== undefined));
  const first = principles.find(({ byMethod }) => method !== undefined && byMethod[method]?.rank === 1);
  return { name, answering, request, response, principle: first?.principleId ?? null };
}

export function toLine({ name, card, evaluation, diff }: KeptDictionary): DictionaryLine {
  const { models, site, rebuilt, kind, k, size, seed, read, unexplained, l0, dead } = card;
  return {
    ...{ name, models, site, rebuilt, kind, k, size, seed, read, unexplained, l0, dead },
    recovered: evaluation?.loss.recovered ?? null,
    changed: diff?.changed.length ?? null,
  };
}

function toReferee({ trained, examples, retrainings, queries, rows, ceiling }: KeptReferee): Referee {
  const named = [...rows, { method: "ceiling", lds: ceiling }];
  return {
    ...{ trained, examples, retrainings, queries },
    rows: named.map(({ method, lds }) => {
      if (!isEstimate(lds)) return { method, lds: null, note: lds.note };
      const { estimate, low, high, n } = lds;
      return { method, lds: { estimate, low, high, n }, note: null };
    }),
  };
}
