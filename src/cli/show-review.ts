import { count } from "../progress/index.ts";
import type { ReviewOfExport } from "../project/index.ts";
import type { ListedMark, Mark, Reached, Review } from "../review/index.ts";
import { fold, indentUnder, type Page, table } from "./layout.ts";

/** Most ids and marks that are listed. */
const most = 20;

/** The marks on a run's records: what each reaches, what people disagree on, what no longer fits. */
export function showReview({ marks, reached }: Review, run: string, page: Page): string {
  const head = page.paint("bold", run);
  if (marks.length === 0) return `${head}  no marks yet\n   precept review RUN RECORD --drop --note WHY makes one`;
  const people = new Set(marks.map(({ by }) => by)).size;
  const title = `${head}  ${things(marks.length, "mark")} by ${people === 1 ? "one person" : `${people} people`}`;
  const titles = ["", "", "on", "reaches"].map((cell) => page.paint("dim", cell));
  const rows = marks.slice(-most).map((mark) => [wordOf(mark), flatten(mark.by), mark.id, reachOf(mark)]);
  const earlier = marks.length > most ? [`   and ${count(marks.length - most)} earlier ones: --json lists all`] : [];
  const disputed = [...reached.values()].filter(({ verdict }) => verdict === "disputed");
  const dropped = [...reached.values()].filter(({ verdict }) => verdict === "drop");
  return [
    title,
    "",
    table([titles, ...rows], "llll"),
    ...earlier,
    ...notesOf(marks.slice(-most), page),
    "",
    `   ${dropped.length === 0 ? "Nothing is dropped." : `Dropped: ${typesOf(countTypes(dropped))}. Of these precept export leaves out the rows.`}`,
    ...disputesOf(disputed, page),
  ].join("\n");
}

/** One record: who said what of it, or of what it was made from, and what comes of it. */
export function showMarked({ marks, reached }: Review, id: string, page: Page): string {
  const own = reached.get(id);
  const here = marks.filter((mark) => mark.id === id);
  const verdict =
    own === undefined
      ? "no mark"
      : own.verdict === "drop"
        ? "dropped"
        : own.verdict === "keep"
          ? "kept"
          : "disputed: it stays";
  const others = (own?.marks ?? []).filter((mark) => mark.id !== id);
  return [
    `${page.paint("bold", id)}  ${verdict}`,
    ...here.map(
      (mark) => `   ${wordOf(mark)} by ${flatten(mark.by)}${mark.mark === null ? "" : `, reaches ${reachOf(mark)}`}`,
    ),
    ...others.map((mark) => `   ${wordOf(mark)} by ${flatten(mark.by)}, from ${mark.id}`),
    ...notesOf([...here, ...others], page),
  ].join("\n");
}

/** What people's marks came to in exported data. */
export function showReviewOfExport(review: ReviewOfExport, run: string, page: Page): string {
  const { isIgnored, dropped, reasons, disputed, stale } = review;
  if (isIgnored) return "   The review was ignored: rows that people dropped are in.";
  const rows = reasons
    .toSorted((a, b) => b.rows - a.rows)
    .slice(0, most)
    .map(({ id, note, rows: n }) => [count(n), id, flatten(note ?? "no reason noted")]);
  return [
    `   Left out by review: ${things(dropped, "row")}`,
    ...(rows.length === 0 ? [] : [table(rows, "rll", 5)]),
    ...(reasons.length > most ? [`     and for ${reasons.length - most} further marks: review.json has all`] : []),
    ...(disputed.length === 0
      ? []
      : [`   People disagree on ${things(disputed.length, "row")}: in, and listed in review.json`]),
    ...(stale.length === 0
      ? []
      : [`   ${things(stale.length, "mark")} not applied: the record has changed or is gone`]),
    page.paint("dim", `   precept review ${run} lists the marks; --ignore-review leaves them out of account`),
  ].join("\n");
}

function wordOf({ mark }: Mark): string {
  return mark ?? "note";
}

function reachOf({ record, mark, reaches }: ListedMark): string {
  if (record === "gone") return "nothing: no such record in the run any more";
  if (record === "changed") return "nothing: the record has changed since, look at it again";
  return mark === null ? "–" : typesOf(reaches);
}

function disputesOf(disputed: readonly Reached[], page: Page): string[] {
  if (disputed.length === 0) return [];
  return [
    `   ${page.paint("yellow", "!")} People disagree on ${things(disputed.length, "record")}, which ${disputed.length === 1 ? "stays" : "stay"}:`,
    ...disputed.slice(0, most).map(({ id, marks }) => {
      const who = (what: string) =>
        marks
          .filter(({ mark }) => mark === what)
          .map(({ by }) => flatten(by))
          .join(", ");
      return `     ${id}: ${who("drop")} drops, ${who("keep")} keeps`;
    }),
    ...(disputed.length > most ? [`     and ${count(disputed.length - most)} more: --json lists all`] : []),
  ];
}

function notesOf(marks: readonly Mark[], page: Page): string[] {
  const noted = marks.filter(({ note }) => note !== undefined);
  return noted.flatMap(({ id, by, note = "" }) => [
    "",
    `   ${page.paint("dim", `${flatten(by)} on ${id}`)}`,
    indentUnder(page, "", flatten(note), 5, 0),
  ]);
}

function countTypes(reached: readonly Reached[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of reached) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

function typesOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([type, n]) => things(n, typeNames[type] ?? type))
    .join(", ");
}

/** Types of records that are called otherwise where people read. */
const typeNames: Readonly<Record<string, string>> = { "sl-example": "training row" };

function things(n: number, name: string): string {
  return `${count(n)} ${name}${n === 1 || name.endsWith("s") ? "" : "s"}`;
}

/** A text of somebody's on one line, with nothing in it that drives a terminal. */
function flatten(text: string): string {
  return fold(text.replace(/\s+/gu, " "), Number.POSITIVE_INFINITY).join(" ");
}
