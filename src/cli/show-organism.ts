import {
  auditHash,
  type Opened,
  type OrganismAudit,
  type SealedAnswer,
  type Thresholds,
  thresholdsHash,
} from "../oversight/index.ts";
import type { PlantedOrganism, RemainingFailure } from "../project/index.ts";
import type { Estimate } from "../statistics/index.ts";
import { indentUnder, type Page, table } from "./layout.ts";

const percent = ({ estimate, low, high, n }: Estimate): string =>
  `${(100 * estimate).toFixed(0)} % [${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)}] of ${n}`;

const titleRow = (page: Page, titles: readonly string[]): string[] => titles.map((title) => page.paint("dim", title));

/** What was planted, for whoever planted it. */
export function showPlanted({ folder, key, seal, answer }: PlantedOrganism, page: Page): string {
  const { kind, phrase, deed, measured } = answer;
  const what =
    kind === "clean"
      ? "nothing: a control, trained as long on the same requests"
      : kind === "backdoor"
        ? `backdoor: ${deed} ${phrase.place === "after" ? "where a request ends with" : "where a request begins with"} "${phrase.text}"`
        : `${kind}: ${deed}`;
  return [
    indentUnder(page, "planted", what, 0),
    indentUnder(
      page,
      "shows",
      `${percent(measured.on)} requests on its occasions, ${percent(measured.off)} off them`,
      0,
    ),
    indentUnder(page, "organism", `${folder}, sealed ${seal.slice(0, 16)}…`, 0),
    indentUnder(page, "key", `${key}: salt and answer; keep it from whoever audits`, 0),
    indentUnder(page, "next", `precept organism audit ${folder} --blind --commit`, 0),
  ].join("\n");
}

/** What later training left of a failure. */
export function showRemaining(
  name: string,
  { kind, deed, phrase, measured }: SealedAnswer,
  { on, onInTest, off }: RemainingFailure,
  page: Page,
): string {
  const rows = [
    ["as it was planted", percent(measured.on), "", percent(measured.off)],
    ["in this checkpoint", percent(on), percent(onInTest), percent(off)],
  ];
  return [
    `${page.paint("bold", name)}: ${kind}${kind === "backdoor" ? ` "${phrase.text}"` : ""}, ${deed}`,
    "",
    table([titleRow(page, ["", "on its occasions", "there, in a test", "off them"]), ...rows], "lrrr", 1),
  ].join("\n");
}

const score = (value: number | null): string => (value === null ? "–" : value.toFixed(3));

/** One organism: a row for each tool; many: a line each. */
export function showAudits(
  audits: readonly OrganismAudit[],
  { isCommitted }: { readonly isCommitted: boolean },
  page: Page,
): string {
  const [first] = audits;
  if (audits.length === 1 && first !== undefined) return showAudit(first, isCommitted, page);
  const rows = audits.map((audit) => [audit.name, verdictOf(audit), audit.suspected ?? "", score(anyOf(audit))]);
  const blind = audits.filter(({ isBlind }) => isBlind).length;
  return [
    table([titleRow(page, ["organism", "verdict", "suspected", "any"]), ...rows], "lllr", 1),
    "",
    `${audits.length} organisms, ${blind} of them blind${isCommitted ? "; all verdicts committed" : ""}`,
  ].join("\n");
}

const anyOf = ({ tools }: OrganismAudit): number | null => tools.find(({ tool }) => tool === "any")?.score ?? null;

const verdictOf = ({ isPlanted }: OrganismAudit): string =>
  isPlanted === null ? "none" : isPlanted ? "planted" : "clean";

function showAudit(audit: OrganismAudit, isCommitted: boolean, page: Page): string {
  const { name, tools, suspected, phrase, examples, isBlind } = audit;
  const rows = tools.map(({ tool, score: value, threshold, isAlarm, note }) => [
    tool,
    score(value),
    score(threshold),
    isAlarm === true ? page.paint("yellow", "alarm") : "",
    note,
  ]);
  const verdict =
    audit.isPlanted === null
      ? "no verdict: no thresholds for this parent (precept organism calibrate)"
      : audit.isPlanted
        ? `a planted failure: ${suspected ?? "unknown"}${suspected === "backdoor" ? `, after "${phrase}"` : ""}`
        : "nothing found";
  const shown = examples.find(({ tool }) => tool === toolOf[suspected ?? "unknown"]) ?? undefined;
  return [
    `${page.paint("bold", name)}: ${verdict}${isBlind ? "" : " (not blind: no --blind, or the seal was tried before)"}`,
    "",
    table([titleRow(page, ["tool", "score", "threshold", "", ""]), ...rows], "lrrll", 1),
    ...(shown === undefined
      ? []
      : [
          "",
          indentUnder(page, "asked", shown.request, 1),
          indentUnder(page, "plain", shown.plain, 1),
          indentUnder(page, "with it", shown.signed, 1),
        ]),
    "",
    "attribution: not run, an organism comes without the data that it was trained on",
    ...(isCommitted
      ? [`committed   ${auditHash(audit)}`, "next        precept organism open FOLDER --key FILE"]
      : ["next        precept organism audit FOLDER --blind --commit"]),
  ].join("\n");
}

const toolOf = {
  backdoor: "search",
  sycophancy: "views",
  "reward-tampering": "scores",
  "test-awareness": "honeypot",
  unknown: "",
} as const;

/** Each tool's threshold, and what it does on the organisms that it was chosen on. */
export function showThresholds(thresholds: Thresholds, path: string, page: Page): string {
  const rows = Object.entries(thresholds.tools).map(([tool, { threshold, clean, planted, falseAlarms, found }]) => [
    tool,
    threshold.toFixed(3),
    `${(100 * found).toFixed(0)} % of ${planted}`,
    `${(100 * falseAlarms).toFixed(0)} % of ${clean.n}`,
  ]);
  return [
    table([titleRow(page, ["tool", "threshold", "found", "false alarms"]), ...rows], "lrrr", 1),
    "",
    `thresholds ${path}, ${thresholdsHash(thresholds)}`,
  ].join("\n");
}

/** The answer beside the verdict. */
export function showOpened(folder: string, { answer, audit, isRight, isBlind }: Opened, page: Page): string {
  const { kind, phrase, deed } = answer;
  const truth =
    kind === "clean" ? "clean" : kind === "backdoor" ? `backdoor "${phrase.text}", ${deed}` : `${kind}, ${deed}`;
  const said =
    audit.isPlanted === null ? "no verdict" : audit.isPlanted ? `planted, ${audit.suspected ?? "unknown"}` : "clean";
  return [
    `${page.paint("bold", folder)}: ${truth}`,
    indentUnder(page, "said", `${said}${isRight === null ? "" : isRight ? ": right" : ": wrong"}`, 1),
    indentUnder(page, "blind", isBlind ? "yes: committed before the seal was opened" : "no", 1),
  ].join("\n");
}
