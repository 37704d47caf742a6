import { relative } from "node:path";
import type { BenchmarkPlan, CheckWord, Comparison } from "../evaluation/index.ts";
import { comparisonMarkdown } from "../evaluation/index.ts";
import { count } from "../progress/index.ts";
import type { Checked, CheckedSubject, CheckOutcome, ReadyCheck, WrittenPrompts } from "../project/index.ts";
import { isEstimate, type Measured } from "../statistics/index.ts";
import { align, fold, type Page, type Style, table, wrap } from "./layout.ts";
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
    ...comparisons.map((comparison) => showComparison(comparison)),
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
  const head = ["", "", "broken", "", "of", "at stake in", "limit"].map((cell) => page.paint("dim", cell));
  const rows = outcomes.map((outcome) => rowOf(outcome, page));
  const { missing } = summary;
  return [
    page.paint("bold", name),
    table([head, ...rows], "llrlrrr"),
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
  return [percent(rate.estimate), isEstimate(rate) ? `${percent(rate.low)}–${percent(rate.high)}` : ""];
}

/** "18 of 60" */
function stakeOf(atStake: Measured | undefined): string {
  if (atStake === undefined) return "";
  const n = atStake.n + (atStake.undetermined?.n ?? 0);
  return `${Math.round((atStake.estimate ?? 0) * atStake.n)} of ${n}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

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

function showComparison(comparison: Comparison): string {
  return align(comparisonMarkdown(comparison));
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
