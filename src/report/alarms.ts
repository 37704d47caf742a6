import type { CheckData } from "./check-data.ts";
import type { ReportData } from "./data.ts";
import { count } from "./format.ts";
import type { LedePart } from "./lede.ts";

/** What somebody should look at, with records that show it. */
export interface Alarm {
  readonly parts: readonly LedePart[];
  readonly examples: readonly { readonly id: string; readonly principleId?: string; readonly text: string }[];
  /** Above the examples. */
  readonly title: string;
}

/** What a run's alarms are read from. */
export type AlarmSource = Pick<ReportData, "alarms" | "summary" | "check">;

/** Of the data, of training, of the check. */
export function runAlarms({ alarms, summary, check }: AlarmSource): Alarm[] {
  const stopped = Object.entries(summary?.stages ?? {}).flatMap(([stage, { stopped: why }]) =>
    why === undefined ? [] : [say(`${stage} was stopped early: ${why}.`)],
  );
  const warned = alarms.map(
    ({ text, examples }): Alarm => ({
      parts: [`${text}.`],
      examples,
      title: examples.length === 1 ? "An example" : "Examples",
    }),
  );
  return [...stopped, ...warned, ...(check === undefined ? [] : checkAlarms(check))];
}

const reasons: Readonly<Record<string, string>> = {
  "cannot-tell": "the judge cannot decide",
  "quote-missing": "a break without the words that show it",
  "quote-not-found": "words that the answer does not hold",
  unparsed: "a verdict that cannot be read",
  empty: "an answer that is empty",
  "judge-failed": "no answer of the judge",
};

/** Warnings, a judge that nobody has held against people, answers without a verdict. */
export function checkAlarms({ check, undetermined, folder }: CheckData): Alarm[] {
  const { standings, warnings, subjects } = check;
  const uncertified = new Set(standings.filter(({ state }) => state !== "valid").map(({ judge }) => judge.name));
  return [
    ...warnings.map((text) => say(`${text}.`)),
    ...(uncertified.size === 0
      ? []
      : [
          say(
            `Nobody has held the judge against people, or no longer, for ${uncertified.size} of ${check.constitution.principles.length} principles: it may miss breaks, and see some that are none. `,
            { code: `precept calibrate --principle ID --answers ${folder}` },
          ),
        ]),
    ...subjects.flatMap(({ name, summary: { missing } }) =>
      Object.entries(missing).map(([reason, n]) => say(`${name} gave no answer to ${count(n)} prompts (${reason}).`)),
    ),
    ...undetermined.map(
      ({ subject, reason, n, sample }): Alarm => ({
        parts: [`${count(n)} of the verdicts on ${subject} say nothing: ${reasons[reason] ?? reason}.`],
        examples: [sample],
        title: "One of them",
      }),
    ),
  ];
}

function say(...parts: LedePart[]): Alarm {
  return { parts, examples: [], title: "" };
}
