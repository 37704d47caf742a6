import type { Constitution, Principle } from "./constitution.ts";
import type { ConstitutionDiff } from "./diff.ts";
import { plainPrinciple } from "./format.ts";
import type { ImportResult } from "./import.ts";
import { formatPath, type Position } from "./issues.ts";
import { describeLintIssue, type LintIssue } from "./lint.ts";

/** `precept constitution show`, as data for --json. */
export function constitutionToJson(constitution: Constitution): Record<string, unknown> {
  return {
    ...constitution,
    principles: constitution.principles.map((principle) => ({
      ...plainPrinciple(principle),
      tags: principle.tags,
      weight: principle.weight,
    })),
  };
}

/** `precept constitution show`: every principle with its wordings, grouped as the file has them. No trailing newline. */
export function renderConstitution(constitution: Constitution, width = 100): string {
  const { name, hash, source, preamble, principles } = constitution;
  const count = principles.length === 1 ? "1 principle" : `${principles.length} principles`;
  const head = [`${name}: ${count}`, hash, ...(source === undefined ? [] : [`source: ${source}`])];
  const total = principles.reduce((sum, { weight }) => sum + weight, 0);
  const weighted = principles.some(({ weight }) => weight !== 1);
  const blocks = principles.map((principle, i) => renderPrinciple(principle, i + 1, weighted ? total : null, width));
  return [head.join("\n"), ...(preamble === undefined ? [] : [wrap(preamble, width, "")]), ...blocks].join("\n\n");
}

/** `total` is the sum of weights, or null where all weigh the same and the share says nothing. */
function renderPrinciple(principle: Principle, number: number, total: number | null, width: number): string {
  const { weight } = principle;
  const share = total === null ? "" : `, weight ${weight} (${((100 * weight) / total).toFixed(1)} % of draws)`;
  const tags = principle.tags.length === 0 ? "" : ` [${principle.tags.join(", ")}]`;
  const bound = principle.appliesTo === undefined ? "" : `, for ${principle.appliesTo} prompts`;
  const lines = [`${number}. ${principle.id}${tags}${share}${bound}`, wrap(principle.text, width, "   ")];
  const labelled = [
    ["critique", principle.critiqueRequest],
    ["revision", principle.revisionRequest],
    ["comparison", principle.comparisonRequest],
    ["inverse", principle.inverse],
    ["positive", principle.positive],
    ["negative", principle.negative],
    ...(principle.demonstrations ?? []).map(
      ({ prompt, response }) => ["demonstration", `${prompt} → ${response}`] as const,
    ),
    ["source", principle.source],
  ] as const;
  for (const [label, text] of labelled) {
    if (text !== undefined && text !== principle.text) lines.push(wrap(`${label}: ${text}`, width, "     "));
  }
  return lines.join("\n");
}

/** Where the linted values stand. */
export interface LintPlace {
  readonly file: string;
  readonly positions?: ReadonlyMap<string, Position>;
}

/** `precept constitution lint`, as data for --json: every issue with its place and its message. */
export function lintToJson(
  issues: readonly LintIssue[],
  { file, positions }: LintPlace,
): (LintIssue & { readonly file: string; readonly message: string } & Partial<Position>)[] {
  return issues.map((issue) => ({
    ...issue,
    file,
    ...positions?.get(formatPath(issue.path)),
    message: describeLintIssue(issue),
  }));
}

/** `precept constitution lint`: one line an issue, `file:line:column level: message`, and a count. */
export function renderLint(issues: readonly LintIssue[], place: LintPlace): string {
  if (issues.length === 0) return `${place.file}: nothing to complain about`;
  const lines = lintToJson(issues, place).map(({ file, line, column, level, message }) => {
    const where = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
    return `${where} ${level}: ${message}`;
  });
  const errors = issues.filter(({ level }) => level === "error").length;
  return [...lines, `${pluralise(errors, "error")}, ${pluralise(issues.length - errors, "warning")}`].join("\n");
}

/** `precept constitution diff A B`: what changed, by ids; one line when nothing did. */
export function renderDiff(diff: ConstitutionDiff, names: { readonly before: string; readonly after: string }): string {
  const quote = (text: string | null): string => (text === null ? "(none)" : JSON.stringify(text));
  const lines = [
    ...(diff.preamble === null ? [] : ["~ preamble changed"]),
    ...diff.removed.map(({ id, text }) => `- ${id}: ${text}`),
    ...diff.added.map(({ id, text }) => `+ ${id}: ${text}`),
    ...diff.renamed.map(({ from, to }) => `= ${from} is now called ${to}`),
    ...diff.reworded.flatMap(({ id, field, before, after }) => [
      `~ ${id}.${field}`,
      `    was ${quote(before)}`,
      `    now ${quote(after)}`,
    ]),
    ...diff.reweighted.map(({ id, before, after }) => `~ ${id}.weight: ${before} -> ${after}`),
    ...diff.retagged.map(
      ({ id, added, removed }) =>
        `~ ${id}.tags: ${[...removed.map((tag) => `-${tag}`), ...added.map((tag) => `+${tag}`)].join(" ")}`,
    ),
    ...diff.rebound.map(({ id, before, after }) => `~ ${id}.appliesTo: ${before ?? "all"} -> ${after ?? "all"}`),
    ...(diff.reordered.length === 0 ? [] : [`~ order: ${diff.reordered.join(", ")}`]),
  ];
  if (lines.length === 0) return `${names.before} and ${names.after} say the same`;
  const verdict = diff.same ? "no model could tell them apart: the hashes are equal" : "the hashes differ";
  return [`${names.before} -> ${names.after}`, ...lines, verdict].join("\n");
}

/** `precept constitution hash`: like sha256sum, one line a constitution. */
export function renderHashes(
  constitutions: readonly { readonly file: string; readonly constitution: Constitution }[],
): string {
  return constitutions.map(({ file, constitution }) => `${constitution.hash}  ${file}`).join("\n");
}

/** What `precept constitution import` says on stderr beside the YAML that it writes. */
export function renderImport(result: ImportResult): string {
  const { constitution, format, notes } = result;
  const lines = notes.map(({ code, line, principle, text }) => {
    const place = [line === undefined ? "" : `line ${line}`, principle ?? ""].filter((part) => part !== "").join(", ");
    return `${code}${place === "" ? "" : ` (${place})`}: ${text}`;
  });
  return [`${pluralise(constitution.principles.length, "principle")} read as ${format}`, ...lines].join("\n");
}

function pluralise(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function wrap(text: string, width: number, indent: string): string {
  return text
    .split("\n")
    .map((paragraph) =>
      wrapLine(paragraph, width - indent.length)
        .map((line) => (line === "" ? "" : indent + line))
        .join("\n"),
    )
    .join("\n");
}

function wrapLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
