import { type CheckFile, checkpointNames, type Summary } from "../evaluation/index.ts";
import { count } from "../progress/index.ts";
import { type ProjectSummary, roles } from "../project/index.ts";
import type { Plan } from "../spending/index.ts";
import { linkTo, type Page, table } from "./layout.ts";
import { showComparison, showGates } from "./show-check.ts";
import { showContrast } from "./show-contrast.ts";
import { dollars, leftOut, range, shorten } from "./show-plan.ts";
import { showRates } from "./show-rates.ts";
import { showWarnings } from "./show-warnings.ts";

/** A run that made data for others to train on. */
type DataSummary = ProjectSummary & NonNullable<ProjectSummary["data"]>;

/** The bot that a run began with may break its gates: what came of it is held to them. */
export function gatesOfRun({ subjects }: CheckFile): CheckFile["subjects"][number]["gates"] {
  return subjects.at(-1)?.gates ?? [];
}

/** What a run made, what it took against the plan, and what somebody should look at. */
export function showProject(
  summary: DataSummary,
  plan: Plan,
  { folder, check }: { readonly folder: string; readonly check?: CheckFile | undefined },
  page: Page,
): string {
  const { slCai, aiFeedback, quality, exported, prompts } = summary;
  const { counts } = aiFeedback;
  const { revision = 0, unrevised = 0, helpful = 0, distilled = 0 } = slCai?.sources ?? {};
  const without = (counts["identicalPairs"] ?? 0) + (counts["incompletePairs"] ?? 0);
  const heading = (text: string): string => page.paint("cyan", text);
  const made = [
    [
      "prompts",
      count(prompts.redTeam + prompts.helpful),
      [
        `${count(prompts.redTeam)} red-team, ${count(prompts.helpful)} helpful`,
        ...(prompts.bad + prompts.duplicates === 0 ? [] : [leftOut(prompts.bad, prompts.duplicates)]),
      ].join("; "),
    ],
    ...(slCai === undefined
      ? []
      : [
          [
            "fine-tuning pairs",
            count(exported.sft),
            `${distilled > 0 ? `${count(distilled)} distilled` : `${count(revision)} revisions`}, ${count(unrevised)} unrevised, ${count(helpful)} helpful`,
          ],
        ]),
    [
      "comparisons",
      count(exported.preferences),
      `besides ${count(exported.undecided)} that prefer neither, ${count(counts["withoutLabel"] ?? 0)} not answered, ${count(without)} pairs alike or incomplete`,
    ],
  ];
  const used = [...roles, "evaluate"].filter(
    (role) => summary.spent[role] !== undefined || plan.roles.some((own) => own.role === role),
  );
  const spending = used.map((role) => {
    const spent = summary.spent[role];
    const planned = plan.roles.find((own) => own.role === role);
    return [
      role,
      planned === undefined
        ? count(spent?.calls ?? 0)
        : `${count(spent?.calls ?? 0)} of ${range(planned.calls, count)}`,
      count(spent?.cached ?? 0),
      `${shorten(spent?.promptTokens ?? 0)} + ${shorten(spent?.completionTokens ?? 0)}`,
      spent === undefined ? dollars(0) : spent.cost === undefined ? "?" : dollars(spent.cost),
      planned === undefined ? "not planned" : planned.cost === undefined ? "?" : range(planned.cost, dollars),
    ];
  });
  const head = ["role", "calls, of planned", "cached", "tokens in + out", "cost", "planned"].map((name) =>
    page.paint("dim", name),
  );
  return [
    "",
    heading("Made"),
    table(made, "lrl"),
    "",
    ...(aiFeedback.contrast === undefined ? [] : [showContrast(aiFeedback.contrast, page), ""]),
    heading("Spent, against the plan"),
    table([head, ...spending], "lrrrrr"),
    "",
    heading("Quality"),
    table(qualityRows(quality), "lr"),
    quality.warnings.length === 0 ? "   nothing to warn of" : showWarnings(quality.warnings, page),
    "",
    ...(check === undefined ? [] : [heading("Checked"), ...check.comparisons.map((one) => showComparison(one, page))]),
    ...(check === undefined || gatesOfRun(check).length === 0 ? [] : [showGates(gatesOfRun(check), page), ""]),
    ...(summary.summary === undefined ? [] : showTrained(summary.summary, folder, page)),
    `${page.paint("bold", `${folder}/datasets/trl`)}  ${exported.files.join(", ")}`,
    page.paint("dim", `   precept export ${folder} --to openai|together|axolotl|parquet`),
    "",
    linkTo(`${folder}/report.html`, page),
  ].join("\n");
}

/** Rates before and after, and how to talk to what was trained. */
function showTrained(summary: Summary, folder: string, page: Page): string[] {
  const last = checkpointNames.findLast((name) => summary.checkpoints[name] !== undefined) ?? "sl-cai";
  return [
    page.paint("cyan", "Measured, in percent, with 95 % intervals and n"),
    showRates(summary, page),
    ...(summary.shuffledLabels === undefined
      ? []
      : [
          "",
          `Control: ${page.paint("bold", "DPO on shuffled labels")}`,
          showRates({ checkpoints: { dpo: summary.shuffledLabels } }, page),
        ]),
    "",
    `${page.paint("bold", `${folder}@${last}`)}  the trained model, by the name that every command takes`,
    page.paint("dim", `   precept chat ${folder}@${last}    precept compare ${folder}@initial ${folder}@${last}`),
  ];
}

function qualityRows({ revisions, critiques, labels, answers, harm }: DataSummary["quality"]): string[][] {
  const share = (part: number, whole: number): string => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`);
  return [
    ["revisions that change nothing", share(revisions.unchanged, revisions.n)],
    ["critiques that find nothing", share(critiques.withoutFault, critiques.n)],
    ["revisions about the method", share(revisions.metaText, revisions.n)],
    ["revisions that repeat what was shown", share(revisions.copies, revisions.n)],
    ...(revisions.bareRefusals === 0
      ? []
      : [["revisions that decline without a reason", share(revisions.bareRefusals, revisions.n)]]),
    ["revisions, critiques cut", `${share(revisions.cut, revisions.n)}, ${share(critiques.cut, critiques.n)}`],
    ["most repeated eight words", share(answers.mostRepeated.count, answers.sampled)],
    ["words before, after", `${revisions.wordsBefore.toFixed(0)}, ${revisions.wordsAfter.toFixed(0)}`],
    ["judgements that turn with the order", share(labels.orderFlips, labels.questions)],
    ["mean entropy of a label", `${labels.meanEntropyBits.toFixed(2)} bits`],
    ...(harm === undefined
      ? []
      : [["judged harm by revision", harm.byRevision.map(({ mean }) => mean.toFixed(2)).join(" → ")]]),
  ];
}
