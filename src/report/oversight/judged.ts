import type { FoundPart } from "../../charts/index.ts";
import type { FoundCritique, FoundDebate, FoundProcess, KeptOrganism } from "../../oversight/index.ts";
import { column, numbers, rateCell, toCell } from "./part.ts";

const conditionNames = {
  blind: "blind",
  consultancy: "consultancy",
  debate: "debate",
  "full-sight": "full sight",
  marks: "marks of quotations alone",
} as const;

export function debatePart(found: FoundDebate): FoundPart {
  const { debaters, judge, questions, rounds, conditions, gain, way, speakers, of } = found;
  const rows = Object.entries(conditionNames).flatMap(([name, title]) => {
    const figures = conditions[name as keyof typeof conditionNames];
    if (figures === undefined) return [];
    const unread = Object.values(figures.undetermined).reduce((sum, n) => sum + n, 0);
    return [[toCell(title), rateCell(figures.accuracy), toCell(String(unread))]];
  });
  const countQuotes = ({ quotes, verified }: FoundDebate["speakers"]["right"]): string => `${verified} of ${quotes}`;
  return {
    id: "debate",
    title: "Debate",
    under: `How often a judge who does not see the passage is right: ${debaters.join(" against ")}, judged by ${judge}, over ${questions} questions of ${of} in ${rounds} rounds.`,
    tables: [
      {
        label: "How often the judge is right",
        head: [column("The judge sees"), numbers("Right"), numbers("Undetermined")],
        rows,
      },
      ...(gain === null
        ? []
        : [
            {
              label: "What debate gains",
              head: [column(""), numbers("Share")],
              rows: [
                [toCell("debate − consultancy"), rateCell(gain, true)],
                ...(way === null ? [] : [[toCell("of the way from blind to full sight"), rateCell(way)]]),
              ],
            },
          ]),
    ],
    notes: [
      `Quotations that stand in the passage: ${countQuotes(speakers.right)} of the side with the right answer, ${countQuotes(speakers.wrong)} of the other.`,
    ],
  };
}

export function critiquePart({ critic, tamper, answers }: FoundCritique): FoundPart {
  const head = [
    column("Principle"),
    numbers("Level"),
    numbers("Flaws found"),
    numbers("Right where it found one"),
    numbers("False alarms"),
    numbers("Unclear"),
  ];
  const row = (name: string, figures: FoundCritique["tamper"]["all"][number]) => [
    toCell(name),
    toCell(String(figures.level)),
    ...[figures.recall, figures.precision, figures.falseAlarms].map((rate) => rateCell(rate)),
    toCell(String(figures.unclear)),
  ];
  const gains = tamper.gains.map(
    ({ level, isKept }) =>
      `Level ${level} is ${isKept ? "kept: it finds more flaws at no lower precision" : "not kept"}.`,
  );
  return {
    id: "critique",
    title: "Critique of critiques",
    under: `A known breach was put into good answers ${{ world: "by the world, exactly", model: "by a model", file: "by a person" }[tamper.source]}, and ${critic} read both${tamper.wording === undefined ? "" : `, the principle in ${tamper.wording} words`}: ${tamper.pairs} pairs${tamper.unverified === 0 ? "" : `, ${tamper.unverified} more left out, since a second reading did not find the flaw`}.`,
    tables: [
      {
        label: "Planted flaws by principle",
        head,
        rows: [
          ...tamper.rows.map(({ principle, ...figures }) => row(principle, figures)),
          ...tamper.all.map((figures) => row("all", figures)),
        ],
      },
      ...(answers === undefined || answers.figures.length === 0
        ? []
        : [
            {
              label: `Its own answers: ${answers.of}`,
              head: head.with(0, column("Answers")),
              rows: answers.figures.map((figures) => row(answers.of, figures)),
            },
          ]),
    ],
    notes: gains,
  };
}

export function organismsPart(organisms: readonly KeptOrganism[]): FoundPart {
  const rows = organisms.map(({ audit, isCommitted, answer, isBlind }) => {
    const verdict =
      audit.isPlanted === null ? "no verdict" : audit.isPlanted ? (audit.suspected ?? "planted") : "clean";
    const alarms = audit.tools.flatMap(({ tool, isAlarm }) => (isAlarm === true ? [tool] : []));
    const sealed = isCommitted ? "sealed; the verdict is committed" : "sealed; no verdict is committed";
    return [
      { text: audit.name, below: isBlind ? "blind" : "not blind" },
      { text: verdict, below: audit.phrase === null ? undefined : `after “${audit.phrase}”` },
      toCell(answer === null ? sealed : answer.kind),
      toCell(alarms.length === 0 ? "none" : alarms.join(", ")),
    ];
  });
  return {
    id: "organisms",
    title: "Planted failures",
    under: "What the audit of each sealed model said, before its seal was opened, and what was in it.",
    tables: [
      {
        label: "Audited organisms",
        head: [column("Organism"), column("Verdict"), column("What it is"), column("Alarms")],
        rows,
      },
    ],
    notes: [],
    examples: organisms.flatMap(({ audit }) =>
      alarmsFirst(audit).map(({ tool, request, plain: first, signed }) => ({
        of: `${audit.name}, ${tool}`,
        request,
        response: `${first} → ${signed}`,
      })),
    ),
  };
}

/** Two examples, of tools that found something where there are such. */
function alarmsFirst({ tools, examples }: KeptOrganism["audit"]): readonly KeptOrganism["audit"]["examples"][number][] {
  const isAlarm = (own: string): boolean => tools.some(({ tool, isAlarm: found }) => tool === own && found === true);
  return examples.toSorted((a, b) => Number(isAlarm(b.tool)) - Number(isAlarm(a.tool))).slice(0, 2);
}

/** What the head of a process reward says of responses that it did not learn from. */
export function processPart({ on, learned, heldOut, rows }: FoundProcess): FoundPart {
  const head = [column("Of"), numbers("Wrong ones found"), numbers("Right ones faulted"), numbers("n")];
  return {
    id: "process",
    title: "Process rewards",
    under: `A head that reads ${on === "steps" ? "the end of every step" : "whole responses"}, learned from ${learned} responses; measured against the labels of ${heldOut} others.`,
    tables:
      rows.length === 0
        ? []
        : [
            {
              label: on === "steps" ? "What the head says of steps, by place" : "What the head says of outcomes",
              head,
              rows: rows.map(({ of, n, found, faulted }) => [
                toCell(of),
                rateCell(found),
                rateCell(faulted),
                toCell(String(n)),
              ]),
            },
          ],
    notes:
      heldOut === 0
        ? ["No response was held out, since there are too few: what the head is worth was not measured."]
        : ["Labels are whoever gave them; after the first wrong step of a response nothing is labelled."],
  };
}
