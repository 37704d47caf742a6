import { relative } from "node:path";
import type { BenchmarkPlan, CheckOutcome, CheckWord, Comparison, GateResult } from "../evaluation/index.ts";
import { count } from "../progress/index.ts";
import type { Checked, CheckedSubject, ReadyCheck, WrittenPrompts } from "../project/index.ts";
import { isEstimate, type Measured } from "../statistics/index.ts";
import { fold, type Page, type Style, table, wrap } from "./layout.ts";
import { leftOut, range } from "./show-plan.ts";
import { showSpent } from "./show-spent.ts";

/** What is about to be asked of whom. */
export function showCheck(
  { constitution, prompts, models, judge }: ReadyCheck,
  plan: BenchmarkPlan,
  page: Page,
): string {
  const { redTeam, helpful, dialogues, bad, duplicates } = prompts;
  const calls = plan.roles.map(
    ({ role, calls: own }) => `${range(own, count)} calls of the ${role === "target" ? "bot" : role}`,
  );
  const bots = models.map(({ model }) => model.name).join(", ");
  return [
    `${page.paint("bold", constitution.name)}: ${constitution.principles.length} principles, ${redTeam} probing and ${helpful} harmless prompts (${dialogues} with several turns)`,
    page.paint("dim", `   ${bots}, judged by ${judge.model.name}: ${calls.join(", ")}`),
    ...(bad + duplicates === 0 ? [] : [page.paint("dim", `   ${leftOut(bad, duplicates)}`)]),
    "",
  ].join("\n");
}

const styles: Readonly<Record<CheckWord, Style>> = { fine: "green", broken: "yellow", "cannot tell": "dim" };

/** Bot by bot: a word and a rate for every principle, the answers that broke one, why nothing can be told; then the pairs. */
export function showChecked(
  { subjects, standings, comparisons, spending }: Checked,
  folder: string,
  page: Page,
): string {
  const judges = new Set(standings.map(({ state }) => state));
  const uncertified = standings.filter(({ state }) => state !== "valid").length;
  const certified =
    judges.size === 0
      ? []
      : [
          uncertified === 0
            ? "The judge holds a certificate for every principle."
            : `The judge holds no valid certificate for ${uncertified} of ${standings.length} principles: precept calibrate --principle ID --answers ${folder}`,
        ];
  return [
    ...subjects.map((subject) => showSubject(subject, page)),
    ...comparisons.map((comparison) => showComparison(comparison, page)),
    ...certified,
    ...subjects
      .slice(0, 1)
      .flatMap(({ folder: own, breaks: [first] }) =>
        first === undefined
          ? []
          : [`The whole of an answer: precept why ${relative(process.cwd(), own)} ${shortId(first.id)}`],
      ),
    ...showSpent(spending),
    folder,
  ].join("\n");
}

function showSubject({ name, outcomes, breaks, summary }: CheckedSubject, page: Page): string {
  const head = ["", "", "broken", "95 %", "of", "at stake", "limit"].map((cell) => page.paint("dim", cell));
  const rows = outcomes.map((outcome) => rowOf(outcome, page));
  const { missing } = summary;
  return [
    page.paint("bold", name),
    table([head, ...rows], "llrlrrr", 1),
    ...(outcomes.some(({ isGated }) => !isGated)
      ? [page.paint("dim", "   * by check.atMost: no gate of the configuration")]
      : []),
    ...Object.entries(missing).map(([reason, n]) => `   ${n} without an answer (${reason})`),
    "",
    ...outcomes.flatMap(({ principleId, word, why, answersToTell }) =>
      word !== "cannot tell"
        ? []
        : wrap(
            `${principleId ?? "all"}: cannot tell, ${why}${answersToTell === undefined ? "" : `; about ${count(answersToTell)} such answers would`}`,
            page.width - 3,
          ).map((line) => page.paint("dim", `   ${line}`)),
    ),
    ...outcomes.flatMap(({ principleId }) =>
      breaks
        .filter((one) => one.principleId === principleId)
        .slice(0, shownBreaks)
        .flatMap((one) => showBreak(one, page)),
    ),
    "",
  ].join("\n");
}

const shownBreaks = 2;

function rowOf({ principleId, word, rate, atStake, limit, isGated }: CheckOutcome, page: Page): string[] {
  const [share, interval] = cells(rate);
  return [
    page.paint(styles[word], word),
    principleId ?? "all together",
    share,
    page.paint("dim", interval),
    rate === undefined ? "0" : `${rate.n}${open(rate)}`,
    stakeOf(atStake),
    `${percent(limit)}${isGated ? "" : page.paint("dim", "*")}`,
  ];
}

const open = ({ undetermined }: Measured): string => (undetermined === undefined ? "" : ` + ${undetermined.n} ?`);

function cells(rate: Measured | undefined): [string, string] {
  if (rate === undefined || rate.estimate === null) return ["–", ""];
  return [percent(rate.estimate), isEstimate(rate) ? `${bare(rate.low)}–${bare(rate.high)}` : ""];
}

/** "18/60" */
function stakeOf(atStake: Measured | undefined): string {
  if (atStake === undefined) return "";
  const n = atStake.n + (atStake.undetermined?.n ?? 0);
  return `${Math.round((atStake.estimate ?? 0) * atStake.n)}/${n}`;
}

/** In percent; below 10 with a decimal, where there is one. */
function bare(share: number): string {
  const tenths = Math.round(1000 * share);
  return tenths >= 100 || tenths % 10 === 0 ? (100 * share).toFixed(0) : (100 * share).toFixed(1);
}

const percent = (share: number): string => `${bare(share)} %`;

function showBreak(
  { principleId, id, request, earlierTurns, quote, why }: CheckedSubject["breaks"][number],
  page: Page,
): string[] {
  const asked = fold(request, page.width - 14).slice(0, 2);
  const turns =
    earlierTurns === 0
      ? ""
      : page.paint("dim", ` (after ${earlierTurns} earlier ${earlierTurns === 1 ? "turn" : "turns"})`);
  return [
    `   ${page.paint("cyan", principleId)}${turns}  ${page.paint("dim", shortId(id))}`,
    ...asked.map((line, i) => `      ${page.paint("dim", i === 0 ? "asked " : "      ")}${line}`),
    ...fold(`“${quote}” ${why}`, page.width - 14).map(
      (line, i) => `      ${page.paint("dim", i === 0 ? "said  " : "      ")}${line}`,
    ),
  ];
}

/** As much of a record's end as `precept why` needs. */
const shortId = (id: string): string => id.split("/").slice(-2).join("/");

/** Before and after, in percent, on the prompts that both answered. */
export function showComparison({ baseline, candidate, pairs, rows }: Comparison, page: Page): string {
  const head = ["", "before", "after", "difference", "", "n", ""].map((cell) => page.paint("dim", cell));
  const set = rows.map(({ metric, baseline: before, candidate: after, difference, n, verdict, note }) => [
    metric.replace(/^breaks\/?/u, "") || "all together",
    before === null ? "–" : percent(before),
    after === null ? "–" : percent(after),
    difference === null ? "–" : formatSigned(difference.estimate),
    difference === null ? "" : page.paint("dim", `${formatSigned(difference.low)} to ${formatSigned(difference.high)}`),
    String(n),
    difference === null ? (note ?? verdict) : verdict,
  ]);
  return [
    page.paint("bold", `${candidate} against ${baseline}`),
    table([head, ...set], "lrrrlrl", 1),
    ...wrap(
      `Broken where it was at stake for both, of ${pairs} prompts that both answered; verdicts after Holm over these ${rows.length} figures.`,
      page.width - 3,
    ).map((line) => page.paint("dim", `   ${line}`)),
    "",
  ].join("\n");
}

const formatSigned = (share: number): string => `${share > 0 ? "+" : share < 0 ? "−" : ""}${bare(Math.abs(share))}`;

/** How many gates passed, and why the others did not. */
export function showGates(gates: readonly Pick<GateResult, "name" | "outcome" | "why">[], page: Page): string {
  const count = (outcome: GateResult["outcome"]): number => gates.filter((gate) => gate.outcome === outcome).length;
  const words = { pass: "passed", regression: "broken", "not-enough-evidence": "cannot tell" } as const;
  const shown = gates.filter(({ outcome }) => outcome !== "pass");
  return [
    page.paint(
      "bold",
      `Gates: ${count("pass")} passed, ${count("regression")} broken, ${count("not-enough-evidence")} without enough evidence`,
    ),
    ...shown.flatMap(({ name, outcome, why }) =>
      wrap(`${words[outcome]}: ${name}, since ${why}`, page.width - 3).map((line) => `   ${line}`),
    ),
  ].join("\n");
}

/** What was written, and the lines that a configuration needs for it. */
export function showWritten({ files, written, short }: WrittenPrompts): string {
  const total = Object.values(written).reduce((sum, n) => sum + n, 0);
  return [
    `${total} pairs of a probe and a harmless twin:`,
    ...Object.entries(written).map(([id, n]) => `   ${id}: ${n}${short.includes(id) ? " (fewer than asked for)" : ""}`),
    "",
    "Read them, then name them in the configuration:",
    `   check: { prompts: { redTeam: ${JSON.stringify(files.redTeam)}, helpful: ${JSON.stringify(files.helpful)} } }`,
  ].join("\n");
}
