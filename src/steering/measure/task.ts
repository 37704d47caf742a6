import { basename, dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import type { JsonSchema } from "../../language-model.ts";
import { contentHash, readJsonLines, readText } from "../../storage/index.ts";
import { refuseLeaks } from "../example-leaks.ts";
import { type ExampleChoice, type ExampleSet, parseExamples } from "../examples.ts";

const itemSchema = z.strictObject({ id: z.string().min(1), input: z.string().min(1), output: z.json() });

/** What is asked, and the one right answer. */
export type SteeringItem = z.infer<typeof itemSchema>;

const list = <T extends z.ZodType>(item: T) => z.union([z.string().min(1), z.array(item).min(1)]);
const choiceSchema = z.union([
  z.literal("all"),
  z.strictObject({ nearest: z.int().min(1) }),
  z.strictObject({ varied: z.int().min(1) }),
]);

const fileSchema = z.strictObject({
  name: z.string().min(1).optional(),
  instruction: z.string().min(1),
  /** Prompts with {instruction} and {input}; default: four of ours. */
  wordings: z
    .array(z.string().includes("{input}", { message: "a wording has a place {input}" }))
    .min(1)
    .optional(),
  schema: z.record(z.string(), z.json()),
  items: list(itemSchema),
  examples: list(z.json()).optional(),
  show: choiceSchema.default("all"),
  /** Tokens that the examples of one prompt may take. */
  exampleTokens: z.int().min(1).optional(),
  maxTokens: z.int().min(1).default(256),
});

/** What is measured: one instruction, one schema, items with their right answers. */
export interface SteeringTask {
  readonly name: string;
  readonly instruction: string;
  readonly wordings: readonly string[];
  readonly schema: JsonSchema;
  readonly validator: z.ZodType;
  readonly items: readonly SteeringItem[];
  readonly examples: ExampleSet;
  readonly show: ExampleChoice;
  readonly exampleTokens: number | undefined;
  readonly maxTokens: number;
  /** Changes with everything above. */
  readonly hash: string;
}

/** The same instruction put in four ways: how much a rate moves between them is the format's, not the model's. */
export const defaultWordings = [
  "{instruction}\n\n{input}",
  "{input}\n\n{instruction}",
  "### Instruction\n{instruction}\n\n### Text\n{input}\n\n### JSON",
  "<text>\n{input}\n</text>\n\n{instruction}",
] as const;

/**
 * Reads a task from YAML or JSON; `items` and `examples` stand in it, or name a file of JSON lines beside it.
 * @throws PreceptError input-invalid for faults of the file, for answers that do not fit the schema, and for items that an
 * example gives away.
 */
export async function loadSteeringTask(path: string): Promise<SteeringTask> {
  const text = await readText(path, { attempted: `Reading the steering task ${path}` });
  const parsed = fileSchema.safeParse(readYaml(text, path));
  if (!parsed.success) throw refuse(path, faultsOf(parsed.error));
  const {
    name = basename(path).replace(/\.\w+$/, ""),
    wordings = defaultWordings,
    schema,
    show,
    ...file
  } = parsed.data;
  const read = <T>(value: string | T): Promise<unknown> | T =>
    typeof value === "string" ? readLines(resolve(dirname(path), value)) : value;
  const items = z
    .array(itemSchema)
    .min(1)
    .safeParse(await read(file.items));
  if (!items.success) throw refuse(path, `items: ${faultsOf(items.error)}`);
  const examples = file.examples === undefined ? [] : parseExamples(await read(file.examples), path);
  const validator = validatorOf(schema, path);
  const known = [...items.data, ...examples.map(({ id, output }) => ({ id: `example ${id}`, output: jsonOr(output) }))];
  const unfit = known.find(({ output }) => !validator.safeParse(output).success);
  if (unfit !== undefined) throw refuse(path, `the output of ${unfit.id} does not fit the schema`);
  const ids = new Set(items.data.map(({ id }) => id));
  if (ids.size < items.data.length) throw refuse(path, "two items with one id");
  refuseLeaks(items.data, examples, path);
  const content = { ...file, wordings, schema, show, items: items.data, examples };
  return {
    name,
    instruction: file.instruction,
    wordings,
    schema: { name: name.replace(/[^\w-]+/gu, "_"), schema },
    validator,
    items: items.data,
    examples,
    show:
      show === "all"
        ? { by: "all" }
        : "nearest" in show
          ? { by: "nearest", k: show.nearest }
          : { by: "varied", k: show.varied },
    exampleTokens: file.exampleTokens,
    maxTokens: file.maxTokens,
    hash: contentHash(content),
  };
}

function readYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw refuse(path, error instanceof Error ? error.message : "no YAML");
  }
}

async function readLines(path: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const line of readJsonLines(path)) {
    if ("fault" in line) throw refuse(`${path}:${line.number}`, line.fault);
    values.push(line.value);
  }
  return values;
}

function validatorOf(schema: Readonly<Record<string, z.core.util.JSONType>>, path: string): z.ZodType {
  try {
    return z.fromJSONSchema(schema);
  } catch (error) {
    throw refuse(path, `schema: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const faultsOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join(".") || "(whole)"}: ${message}`).join("; ");

const refuse = (path: string, found: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: `Reading the steering task ${path}`,
    found,
    expected:
      "instruction, schema (JSON Schema), items: a list of { id, input, output }, and perhaps examples, show, wordings",
    remedy: "docs/steering.md shows one",
  });
