import type { FoundPart } from "../../charts/index.ts";
import { areas, type Decision, type FoundCard, shortHash, showFigure } from "../../oversight/index.ts";
import { column, numbers, rateCell, toCell } from "./part.ts";

const outcomes = {
  clear: "no threshold is reached",
  safeguarded: "a threshold is reached; its safeguards hold",
  crossed: "a threshold is crossed without its safeguards",
  undecided: "cannot be decided: evidence is lacking",
} as const;

/** The chain of decision records, the newest first, and what the newest rests on. */
export function policyPart(decisions: readonly Decision[]): FoundPart {
  const last = decisions.at(-1);
  const measured = last?.measures.flatMap(({ name, elicitations }) =>
    elicitations.map(({ how, status, interval, why }) => [
      { text: name, below: how },
      interval === undefined ? toCell("–") : { text: interval.estimate.toFixed(3), below: `n ${interval.n}` },
      toCell(interval === undefined ? "–" : interval.high.toFixed(3)),
      { text: status === "measured" ? "counts" : status.replace("-", " "), below: why },
    ]),
  );
  const levels = last?.levels.map(({ id, outcome, because, safeguards, decides }) => [
    toCell(id),
    {
      text: outcome === "clear" ? "not reached" : outcome,
      below: because.map(({ measure, threshold }) => `${measure} ≥ ${threshold}`).join(", ") || undefined,
    },
    toCell(
      safeguards.length === 0
        ? "–"
        : safeguards.map(({ name, isMet }) => `${name}: ${isMet ? "holds" : "not shown"}`).join("; "),
    ),
    toCell(decides.join(", ") || "nobody is named"),
  ]);
  return {
    id: "policy",
    title: "Scaling policy",
    under: `${last === undefined ? "" : `${last.policy.name} on ${last.checkpoint.name}: ${outcomes[last.outcome]}. `}A checker of figures against thresholds that were fixed in advance: whether the measures are the right ones, it cannot know.`,
    tables: [
      ...(measured === undefined || measured.length === 0
        ? []
        : [
            {
              label: "What the newest record rests on",
              head: [column("Measure"), numbers("Found"), numbers("Upper 95 % bound"), column("Evidence")],
              rows: measured,
            },
          ]),
      ...(levels === undefined || levels.length === 0
        ? []
        : [
            {
              label: "Levels",
              head: [column("Level"), column("Reached"), column("Safeguards"), column("Who decides")],
              rows: levels,
            },
          ]),
      {
        label: "Decision records, the newest first",
        caption: "Each holds the hash of the one before; an edited or missing one is found.",
        head: [column("Record"), column("When"), column("Outcome"), column("Decision")],
        rows: decisions.toReversed().map(({ hash, previous, at, outcome, decision, checkpoint }) => [
          { text: shortHash(hash), below: previous === null ? "the first" : `after ${shortHash(previous)}` },
          { text: at.slice(0, 10), below: `${checkpoint.name} ${shortHash(checkpoint.hash)}` },
          toCell(outcomes[outcome]),
          decision === undefined
            ? toCell("–")
            : {
                text: `${decision.by}: ${decision.what}`,
                below: decision.reason ?? (decision.isNamed ? undefined : "not named by the policy"),
              },
        ]),
      },
    ],
    notes: [],
  };
}

/** What the model card says, with the place of each figure. */
export function cardPart({
  figures,
  departures,
  principles,
  unmeasured,
  usage,
  checkpoint,
  leftOut,
}: FoundCard): FoundPart {
  const code = (text: string): string => text.replaceAll("`", "");
  return {
    id: "card",
    title: "Model card",
    under: `What suites say of ${checkpoint}, each figure as its record has it; precept card writes it as a page.`,
    tables: [
      ...(figures.length === 0
        ? []
        : [
            {
              label: "What the suites say",
              head: [column("Area"), column("Suite, metric"), numbers("Value"), numbers("n")],
              rows: figures.map(({ area, suite, metric, kind, measured, note }) => {
                const [text, interval, n] = showFigure(measured, kind);
                return [
                  toCell(areas[area].title),
                  { text: `${suite}, ${metric}`, below: note },
                  { text, below: interval },
                  toCell(n),
                ];
              }),
            },
          ]),
      ...(departures.length === 0
        ? []
        : [
            {
              label: "Where it departs from its constitution",
              head: [column("Principle"), numbers("Answers that break it")],
              rows: departures.map(({ principle, text, measured }) => [
                { text: principle, below: text },
                rateCell(measured),
              ]),
            },
          ]),
      ...(usage === undefined || usage.topics.length === 0
        ? []
        : [
            {
              label: "What it is used for",
              caption: `${usage.requests} requests of ${usage.file}; no cell holds fewer than ${usage.least}${usage.users === undefined ? "" : " different users"}.`,
              head: [column("Topic"), numbers("Requests")],
              rows: usage.topics.map(({ topic, requests }) => [toCell(topic), toCell(String(requests))]),
            },
          ]),
    ],
    notes: [
      ...(principles === 0 ? ["Departures from the constitution were not measured."] : []),
      ...unmeasured.map(({ what, how }) => `Not measured: ${what}; ${code(how)}.`),
      "Not measured: economic impact.",
      ...leftOut.map(({ suite, of, file }) => `Left out, of another state: ${suite} of ${of} (${file}).`),
    ],
    examples: departures.flatMap(({ principle, examples }) =>
      examples.slice(0, 1).map(({ request, response }) => ({ of: principle, request, response })),
    ),
  };
}
