import { readFileSync, writeFileSync } from "node:fs";

/** The figures of issue 4's proof, in its order; each is one row, whatever part of the bench it was measured in. */
export const figures = {
  capacity: "share of the endpoint's capacity, 256 concurrent, 200 ms median",
  distilabel: "our throughput over distilabel's at its best",
  overhead: "own CPU time per call, above the bare AI SDK call",
  faults: "20 % injected faults: records lost, doubled, wrong",
  kills: "kill -9 at random moments, then resume: data sets equal to the undisturbed run's",
  stormStart: "429 storm, from the start: time to settle within 10 %",
  stormFall: "429 storm, the limit falls to a fifth: time to settle within 10 %",
  stormReturn: "429 storm, and comes back: time to settle within 10 %",
  memory: "memory of precept run, 4 rounds",
} as const;

export interface Row {
  readonly figure: string;
  readonly target: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** Where the code stood. */
  readonly commit: string;
}

const head = ["| figure | target | measured | | commit |", "| --- | --- | --- | --- | --- |"];
const [begin, end] = ["<!-- begin generate -->", "<!-- end generate -->"];
const path = new URL("../../docs/real-models.md", import.meta.url);

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ figure, target, measured, isMet, commit }) =>
      `| ${figure} | ${target} | ${measured} | ${isMet ? "met" : "missed"} | ${commit} |`,
  );
  return [...head, ...lines].join("\n");
}

/** Puts rows into docs/real-models.md; figures that were not measured this time keep the row that they had. */
export function writeTable(rows: readonly Row[], machine: string): void {
  const text = readFileSync(path, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error("docs/real-models.md has no section generate");
  const kept = text.slice(from, to).split("\n");
  const lines = Object.values(figures).flatMap((figure) => {
    const row = rows.find((own) => own.figure === figure);
    if (row !== undefined) return tableOf([row]).split("\n").slice(head.length);
    return kept.filter((line) => line.startsWith(`| ${figure} |`));
  });
  const section = [...head, ...lines, "", machine].join("\n");
  writeFileSync(path, `${text.slice(0, from + begin.length)}\n${section}\n${text.slice(to)}`);
}
