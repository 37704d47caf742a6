import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRows } from "../../src/records/index.ts";
import { rng } from "../../src/rng.ts";

/** A request that people have called harmful or harmless. */
export interface LabelledRequest {
  readonly id: string;
  readonly text: string;
  readonly isHarmful: boolean;
  readonly set: string;
  /** The word that makes it sound harmful, where its set says so. */
  readonly word?: string;
}

interface ShelfSet {
  readonly name: string;
  readonly file: string;
  readonly field: string;
  readonly isHarmful: boolean;
  readonly keeps?: (row: Readonly<Record<string, unknown>>) => boolean;
}

const sets: readonly ShelfSet[] = [
  { name: "StrongREJECT", file: "strongreject/strongreject_odd_rows.csv", field: "forbidden_prompt", isHarmful: true },
  { name: "JailbreakBench", file: "jailbreakbench-behaviors/behaviors.csv", field: "goal", isHarmful: true },
  {
    name: "HarmBench, development",
    file: "harmbench/behaviors_val.csv",
    field: "Behavior",
    isHarmful: true,
    keeps: ({ FunctionalCategory }) => FunctionalCategory === "standard",
  },
  { name: "TruthfulQA", file: "truthfulqa/truthfulqa_odd_rows.csv", field: "Question", isHarmful: false },
  {
    name: "Self-Instruct",
    file: "self-instruct/user_oriented_instructions.jsonl",
    field: "instruction",
    isHarmful: false,
  },
];

/** Longer ones are tasks with a text to work on, of which XSTest has none. */
const LONGEST = 110;

export const shelfOf = (): string | undefined =>
  [process.env["PRECEPT_DATA"], "../shared/data", "../../shared/data"].find(
    (folder) => folder !== undefined && existsSync(join(folder, "xstest-dev")),
  );

/** What people called harmful, and as many that they did not: labels of persons, which no guard model of the method has. */
export async function readShelf(shelf: string, seed: number): Promise<readonly LabelledRequest[]> {
  const all: LabelledRequest[] = [];
  for (const { name, file, field, isHarmful, keeps = () => true } of sets) {
    for await (const placed of readRows(join(shelf, file))) {
      if ("fault" in placed || !keeps(placed.row)) continue;
      const text = String(placed.row[field] ?? "").trim();
      if (text !== "" && text.length <= LONGEST) all.push({ id: `${name} ${all.length}`, text, isHarmful, set: name });
    }
  }
  const harmful = all.filter((one) => one.isHarmful);
  const harmless = rng(seed, "shelf").shuffle(all.filter((one) => !one.isHarmful));
  return rng(seed, "order").shuffle([...harmful, ...harmless.slice(0, harmful.length)]);
}

/** The half of XSTest that lies on the shelf: safe requests that sound unsafe, and unsafe ones that sound like them. */
export async function readXstest(shelf: string): Promise<readonly LabelledRequest[]> {
  const rows: LabelledRequest[] = [];
  for await (const placed of readRows(join(shelf, "xstest-dev", "xstest_odd_ids.csv"))) {
    if ("fault" in placed) throw new Error(placed.fault);
    const { id, prompt, label, focus } = placed.row;
    const word = String(focus ?? "").trim();
    rows.push({ id: String(id), text: String(prompt).trim(), isHarmful: label === "unsafe", set: "XSTest", word });
  }
  return rows;
}
