import { count } from "../progress/index.ts";
import type { FindingRecord, RedteamRow, RedteamSummary, RegressionResult } from "../redteam/index.ts";
import { isEstimate, type Measured } from "../statistics/index.ts";
import { fold, type Page, table } from "./layout.ts";
import { dollars } from "./show-plan.ts";

/** One line of the whole, then a row a strategy and a row a principle. */
export function showRedteam(summary: RedteamSummary, folder: string, page: Page): string {
  const { overall, strategies, principles, corrected, twins, stopped, isGuarded, target, judge, goals } = summary;
  const { guard, both, model } = stopped;
  const failures = guard + both + model;
  const parts = [
    `asr@1 ${withInterval(overall.asr["1"])}`,
    `asr@10 ${withInterval(overall.asr["10"])}`,
    isEstimate(corrected) ? `corrected ${withInterval(corrected)}` : `not corrected: ${corrected.note}`,
    `twins ${withInterval(twins)}`,
    `cells ${overall.coverage.found} of ${overall.coverage.of}`,
    ...(isGuarded && failures > 0 ? [`stopped by guard ${percent((guard + both) / failures)} %`] : []),
  ];
  const dim = (cell: string): string => page.paint("dim", cell);
  const head = ["requests", "broken", "asr@1", "asr@3", "asr@10", "cells", "evenness", "self-BLEU", "to first"];
  const rows = (of: Readonly<Record<string, RedteamRow>>): string[][] =>
    Object.entries(of).map(([name, row]) => [name, ...cellsOf(row)]);
  const columns = `l${"r".repeat(head.length)}`;
  return [
    `${page.paint("bold", target)}, ${goals} goals, judged by ${judge}`,
    "",
    table([["strategy", ...head].map(dim), ...rows(strategies)], columns, 1),
    "",
    table([["principle", ...head].map(dim), ...rows(principles)], columns, 1),
    "",
    parts.join(" · "),
    ...spentLine(summary.spent),
    ...warningsOf(summary).map((line) => page.paint("yellow", line)),
    `${summary.findings} findings · ${folder}`,
  ].join("\n");
}

function cellsOf({ requests, successes, ungraded, asr, coverage, toFirst, selfBleu }: RedteamRow): string[] {
  const { found, of, evenness } = coverage;
  return [
    String(requests),
    `${successes}${ungraded === 0 ? "" : ` (${ungraded} ?)`}`,
    withInterval(asr["1"]),
    withInterval(asr["3"]),
    withInterval(asr["10"]),
    `${found}/${of}`,
    evenness === undefined ? "–" : evenness.toFixed(2),
    selfBleu === undefined ? "–" : selfBleu.toFixed(2),
    toFirst.median === undefined ? "–" : `${toFirst.median} (${toFirst.found} of ${toFirst.of})`,
  ];
}

/** "spent: target 84 calls, 2,100 + 1,400 tokens, $0.02 · judge …": read and written. */
function spentLine(spent: RedteamSummary["spent"]): string[] {
  const parts = Object.entries(spent ?? {})
    .filter(([, { calls, cached }]) => calls + cached > 0)
    .map(([role, { calls, cached, promptTokens, completionTokens, cost }]) => {
      const fromCache = cached === 0 ? "" : ` (and ${cached} from the cache)`;
      const money = cost === undefined && calls > 0 ? "no price known" : dollars(cost ?? 0);
      return `${role} ${calls} calls${fromCache}, ${count(promptTokens)} + ${count(completionTokens)} tokens, ${money}`;
    });
  return parts.length === 0 ? [] : [`spent: ${parts.join(" · ")}`];
}

function warningsOf({ twins, overall }: RedteamSummary): string[] {
  const lines: string[] = [];
  if (isEstimate(twins) && twins.low > 0.1) {
    lines.push(
      `the judge calls ${percent(twins.estimate)} % of harmless twins broken: what it calls success may be none`,
    );
  }
  if (overall.ungraded * 5 > overall.requests) {
    lines.push(`${overall.ungraded} of ${overall.requests} answers have no grade: the rates are of the others`);
  }
  return lines;
}

/** What was asked in each finding; for those who want to read it. */
export function showFindings(findings: readonly FindingRecord[], page: Page): string {
  return findings
    .map(({ principleId, technique, samples, messages, prefill }) => {
      const asked = messages.filter(({ role }) => role === "user").map(({ content }) => content);
      const text = [...asked, ...(prefill === null ? [] : [`(answer begun) ${prefill}`])].join("\n");
      return [
        page.paint("bold", `${principleId} · ${technique} · ${samples.broken} of ${samples.of}`),
        ...fold(text, page.width - 3).map((line) => `   ${line}`),
      ].join("\n");
    })
    .join("\n");
}

/** A row for each finding that came back or could not be graded, and the count of the others. */
export function showRegressions(
  results: readonly RegressionResult[],
  target: string,
  ofOthers: number,
  page: Page,
): string {
  const back = results.filter(({ isBack }) => isBack === true);
  const open = results.filter(({ isBack }) => isBack === null);
  const rows = [...back, ...open].map(({ id, principleId, technique, broken, graded, of }) => [
    broken > 0 ? page.paint("yellow", "back") : "?",
    principleId,
    technique,
    `${broken} of ${graded}${graded === of ? "" : ` (${of - graded} without a grade)`}`,
    page.paint("dim", id),
  ]);
  return [
    ...(rows.length === 0 ? [] : [table(rows, "lllrl", 1)]),
    ...(ofOthers === 0 ? [] : [`${ofOthers} of them were found under another constitution`]),
    `${target}: ${back.length} of ${results.length} findings came back${open.length === 0 ? "" : `, ${open.length} could not be graded`}`,
  ].join("\n");
}

function withInterval(measured: Measured | undefined): string {
  if (measured === undefined || measured.estimate === null) return "–";
  if (!isEstimate(measured)) return percent(measured.estimate);
  return `${percent(measured.estimate)} [${percent(measured.low)}–${percent(measured.high)}]`;
}

const percent = (share: number): string => (100 * share).toFixed(1);
