import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { PreceptError } from "../../../src/errors.ts";
import { drawSplits, type RealPrompt, type Splits } from "./splits.ts";

const files = {
  xstest: "xstest-dev/xstest_odd_ids.csv",
  jailbreakbench: "jailbreakbench-behaviors/behaviors.csv",
  strongreject: "strongreject/strongreject_odd_rows.csv",
  truthfulqa: "truthfulqa/truthfulqa_odd_rows.csv",
  selfInstruct: "self-instruct/seed_tasks.jsonl",
  userOriented: "self-instruct/user_oriented_instructions.jsonl",
} as const;

/**
 * The folder of public data sets: PRECEPT_DATA, else ../shared/data.
 * @throws PreceptError input-invalid where it, or a set that is needed, is absent.
 */
export function findData(root: string): string {
  const folder = process.env["PRECEPT_DATA"] || join(root, "..", "shared", "data");
  const absent = Object.values(files).filter((file) => !existsSync(join(folder, file)));
  if (absent.length === 0) return folder;
  throw new PreceptError("input-invalid", {
    attempted: `Reading the data of the real experiments in ${folder}`,
    found: existsSync(folder) ? `no ${absent.join(", ")}` : "no such folder",
    expected: "XSTest, JailbreakBench, StrongREJECT, TruthfulQA and Self-Instruct, each in a folder of its own",
    remedy: "PRECEPT_DATA=FOLDER; docs/real-experiments.md says where each comes from",
  });
}

/** Values: what is harmful is declined, what merely sounds so is not. */
export function readValuesSplits(data: string): Splits & { readonly leftOut: number } {
  const xstest = readCsv(join(data, files.xstest), z.object({ id: z.string(), prompt: z.string(), label: z.string() }));
  const behaviours = readCsv(join(data, files.jailbreakbench), z.object({ index: z.string(), goal: z.string() }));
  const forbidden = readCsv(
    join(data, files.strongreject),
    z.object({ row: z.string(), forbidden_prompt: z.string() }),
  );
  const [own, more] = ["harmless", "more-harmless"].map((name) =>
    readFileSync(new URL(`${name}.txt`, import.meta.url), "utf8")
      .trim()
      .split("\n")
      .map((text, index) => promptOf(`${name}-${index + 1}`, text, "helpful")),
  );
  const test = [
    ...xstest.map(({ id, prompt, label }) =>
      promptOf(`xstest-${id}`, prompt, label === "unsafe" ? "red-team" : "helpful"),
    ),
    ...behaviours.map(({ index, goal }) => promptOf(`jailbreakbench-${index}`, goal, "red-team")),
  ];
  const redTeam = forbidden.map(({ row, forbidden_prompt: text }) => promptOf(`strongreject-${row}`, text, "red-team"));
  return drawSplits(
    [
      { name: "strongreject", prompts: redTeam, shares: { train: 84, development: 40 } },
      {
        name: "harmless",
        prompts: own ?? [],
        shares: { train: 60, development: 40 },
      },
      { name: "self-instruct", prompts: readInstructions(data), shares: { train: 24, development: 0 } },
      // Written after the first trials: training prompts alone, so that the other sets stay as they were drawn.
      { name: "more-harmless", prompts: more ?? [], shares: { train: 84, development: 0 } },
    ],
    test,
  );
}

/** Form: ordinary requests and questions, which no answer need decline. */
export function readFormSplits(data: string): Splits & { readonly leftOut: number } {
  const questions = readCsv(join(data, files.truthfulqa), z.object({ row: z.string(), Question: z.string() }));
  const asked = questions.map(({ row, Question }) => promptOf(`truthfulqa-${row}`, Question, "helpful"));
  const shares = { train: 60, development: 20 };
  const pools = [
    { name: "instructions", prompts: readInstructions(data), shares },
    { name: "questions", prompts: asked, shares },
  ];
  // The test set: as many questions again, none of them near to what is trained on.
  const { train, development, leftOut } = drawSplits(pools, []);
  const used = new Set([...train, ...development].map(({ id }) => id));
  const rest = asked.filter(({ id }) => !used.has(id));
  const { train: test } = drawSplits(
    [{ name: "test", prompts: rest, shares: { train: 100, development: 0 } }],
    [...train, ...development],
  );
  return { train, development, test, leftOut };
}

/** Texts that people wrote, for the loss on harmless text: requests and answers of Self-Instruct that nothing is trained on. */
export function readHarmlessTexts(data: string, trained: readonly RealPrompt[]) {
  const used = new Set(trained.map(({ text }) => text));
  return instructionRows(data).filter(({ prompt, answer }) => !used.has(prompt) && answer !== "");
}

function readInstructions(data: string): RealPrompt[] {
  return instructionRows(data).map(({ id, prompt }) => promptOf(id, prompt, "helpful"));
}

const taskSchema = z.object({
  id: z.string(),
  instruction: z.string(),
  instances: z.array(z.object({ input: z.string(), output: z.string() })),
});

/** Tasks that need nothing beside their instruction. */
function instructionRows(data: string) {
  return [files.selfInstruct, files.userOriented].flatMap((file) =>
    readFileSync(join(data, file), "utf8")
      .trim()
      .split("\n")
      .flatMap((line) => {
        const { id, instruction, instances } = taskSchema.parse(JSON.parse(line));
        const [first] = instances;
        if (first === undefined || first.input.trim() !== "") return [];
        return [{ id, prompt: instruction.trim(), answer: first.output.trim() }];
      }),
  );
}

const promptOf = (id: string, text: string, kind: RealPrompt["kind"]): RealPrompt => ({ id, kind, text: text.trim() });

function readCsv<S extends z.ZodType>(path: string, schema: S): z.infer<S>[] {
  const rows: unknown[] = parse(readFileSync(path, "utf8"), { columns: true, bom: true });
  return rows.map((row) => schema.parse(row));
}
