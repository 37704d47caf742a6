import { join, relative } from "node:path";
import type { ImportedProse, Passage, ProseDocument } from "../drafting/index.ts";
import { count } from "../progress/index.ts";
import type { Plan } from "../spending/index.ts";
import { type Page, table } from "./layout.ts";
import { cells } from "./show-plan.ts";
import { showSpent } from "./show-spent.ts";

/** What reading a document will take, before anything is asked. */
export function showProsePlan({ title, passages, pieces }: ProseDocument, { roles }: Plan, page: Page): string {
  const words = passages.reduce((sum, passage) => sum + passage.words, 0);
  const head = ["role", "model", "calls", "tokens in", "tokens out", "cost", "time"].map((name) =>
    page.paint("dim", name),
  );
  return [
    `${page.paint("bold", "Plan")}: ${title}, ${count(words)} words, read in ${pieces.length} pieces`,
    "",
    table([head, ...roles.map((role) => [role.role, role.model, ...cells(role)])], "llrrrrr"),
    "",
    page.paint("dim", "   A second call where the first answer quotes what the document does not say."),
  ].join("\n");
}

/** Passages and refused drafts that are shown; all of them stand in the folder. */
const shown = 8;

/** What came of it, and what a person should look at. */
export function showProse(imported: ImportedProse, page: Page): string {
  const { constitution, coverage, refused, unread, merged, folder, spending } = imported;
  const { passages, covered, words, coveredWords, uncovered } = coverage;
  const share = Math.round((100 * coveredWords) / words);
  const longest = [...uncovered].sort((a, b) => b.words - a.words).slice(0, shown);
  const more = uncovered.length - longest.length;
  return [
    `${page.paint("bold", `${constitution.principles.length} principles`)}, each with words found in the document${merged === 0 ? "" : `; ${merged} more said nearly the same as an earlier one`}`,
    `${covered} of ${passages} passages (${share} % of the words) hold such words`,
    ...(longest.length === 0
      ? []
      : ["", `No principle covers ${uncovered.length} passages; the longest:`, ...longest.map(showPassage)]),
    ...(more <= 0 ? [] : [`   … and ${more} more`]),
    ...(refused.length === 0 ? [] : ["", `${refused.length} drafts were not taken:`]),
    ...refused.slice(0, shown).map(({ text, fault }) => `   ${clip(text, 60)}: ${fault}`),
    ...(refused.length <= shown ? [] : [`   … and ${refused.length - shown} more`]),
    ...(unread.length === 0 ? [] : ["", `${unread.length} pieces gave nothing:`]),
    ...unread.slice(0, shown).map(({ line, fault }) => `   from line ${line}: ${fault}`),
    "",
    ...showSpent(spending),
    `all of it: ${relative(process.cwd(), join(folder, "constitution.yaml"))}, uncovered.md beside it`,
  ].join("\n");
}

function showPassage({ line, section, text, words }: Passage): string {
  return `   line ${line}${section === "" ? "" : `, ${clip(section, 30)}`} (${words} words): ${clip(text, 50)}`;
}

function clip(text: string, most: number): string {
  const line = text.replace(/\s+/g, " ");
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
