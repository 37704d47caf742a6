import { z } from "zod";
import { readRecords } from "../../src/records/index.ts";
import { wilson } from "../../src/statistics/index.ts";
import { scratchpad } from "../../src/steering/index.ts";

/**
 * One answer that was asked for as thinking and answer, and what a reader took for each before any parser had read it: the words
 * that the model marked off as such, by whatever mark; null for none. What is not closed ends where the next section begins.
 */
const labelledSchema = z.object({
  id: z.int(),
  text: z.string(),
  thinking: z.string().nullable(),
  answer: z.string().nullable(),
});
type Labelled = z.infer<typeof labelledSchema>;

const file = new URL("scratchpads.jsonl", import.meta.url).pathname;
const sections = ["thinking", "answer"] as const;

/** How often the parser reads what the reader read, and every text where it does not. */
export async function agreementTable(): Promise<string> {
  const rows = await Array.fromAsync(readRecords(file, labelledSchema));
  const pad = scratchpad(sections);
  const read = rows.map((row) => {
    const found = pad.parse(row.text).sections;
    return { row, found, differs: sections.filter((name) => (found[name] ?? null) !== row[name]) };
  });
  const share = (agree: number): string => {
    const { estimate, low, high, n } = wilson(agree, rows.length);
    return `${agree} of ${n}, ${[estimate, low, high].map((value) => (100 * value).toFixed(1)).join(" [")}`.replace(
      / \[(\S+) \[(\S+)$/,
      " % [$1–$2]",
    );
  };
  const agree = (name: (typeof sections)[number]): number =>
    read.filter(({ differs }) => !differs.includes(name)).length;
  const has = (name: keyof Labelled): number => rows.filter((row) => row[name] !== null).length;
  const wrong = read.filter(({ differs }) => differs.length > 0);
  return [
    "| read alike | |",
    "| --- | --: |",
    `| thinking (there in ${has("thinking")}) | ${share(agree("thinking"))} |`,
    `| answer (there in ${has("answer")}) | ${share(agree("answer"))} |`,
    `| both | ${share(rows.length - wrong.length)} |`,
    "",
    wrong.length === 0 ? "No text was read otherwise." : "Read otherwise:",
    "",
    ...wrong.flatMap(({ row, found, differs }) => [
      `- Text ${row.id}: ${code(row.text)}`,
      ...differs.map((name) => `  - ${name}: the reader ${code(row[name])}, the parser ${code(found[name] ?? null)}`),
    ]),
  ].join("\n");
}

const longest = 160;

function code(text: string | null): string {
  if (text === null) return "none";
  const line = text.replace(/\s+/g, " ");
  return `\`${(line.length > longest ? `${line.slice(0, longest)}…` : line).replaceAll("`", "'")}\``;
}
