import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  createConstitution,
  formatConstitution,
  loadConstitution,
  type PrincipleDraft,
  schemaLine,
} from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { makeFolder, packageRoot, writeWhole } from "../storage/index.ts";
import type { Format } from "./config/schema.ts";
import type { PresetName } from "./harbor/presets.ts";
import { readRule } from "./harbor/rule.ts";
import { harborTemplate } from "./harbor/template.ts";
import { type TemplateAnswers, type TemplateName, templateFiles } from "./template.ts";

export interface InitAnswers {
  /** A model's name, or the address of an OpenAI-compatible server. */
  readonly model: string;
  /** A constitution that comes with Precept, to start from. */
  readonly constitution: string;
  readonly format: Format;
  /** Principles of one's own: in place of the starter's, behind those of another constitution. */
  readonly principles?: readonly PrincipleDraft[] | undefined;
}

export const defaultAnswers: InitAnswers = {
  model: "http://127.0.0.1:8000/v1",
  constitution: "starter",
  format: "chat",
};

/** Where the files that a new project starts from lie. */
const templates = join(packageRoot, "constitutions", "project");

/**
 * Writes a new project: precept.config.ts, constitution.yaml and two small prompt files. Returns their names.
 * @throws PreceptError usage when one of them is there already, unless `force`.
 */
export async function initProject(folder: string, answers: InitAnswers, force = false): Promise<string[]> {
  const prompts = (name: string): [string, string] => [`prompts/${name}`, readFileSync(join(templates, name), "utf8")];
  const files: readonly [string, string][] = [
    ["precept.config.ts", configText(answers)],
    ["constitution.yaml", await constitutionText(answers)],
    prompts("red-team.jsonl"),
    prompts("helpful.jsonl"),
  ];
  return writeProject(folder, files, force);
}

/**
 * Writes the demonstration as a project of one's own, to edit and run: settings, constitution, the prompts of each stage.
 * Returns the names of its files. @throws PreceptError usage when one of them is there already, unless `force`.
 */
export async function initHarborProject(
  folder: string,
  preset: PresetName = "demo",
  force = false,
  rule: string = preset === "own" ? exampleRule : "",
): Promise<string[]> {
  const constitution = rule === "" ? await loadConstitution("harbor") : readRule(rule);
  return writeProject(folder, harborTemplate(preset, constitution), force);
}

/**
 * Writes a template as a new project: settings, constitution, prompts, and what else it has. Returns the names of its files.
 * @throws PreceptError usage when one of them is there already, unless `force`.
 */
export function initTemplate(folder: string, name: TemplateName, answers: TemplateAnswers, force = false): string[] {
  return writeProject(folder, templateFiles(name, answers), force);
}

/** Writes a scaling policy to begin with. Returns its name. @throws PreceptError usage when it is there already, unless `force`. */
export function initScalingPolicy(folder: string, force = false): string[] {
  const name = "scaling-policy.yaml";
  const text = readFileSync(join(packageRoot, "templates", name), "utf8");
  const schema = "# yaml-language-server: $schema=./node_modules/precept/schemas/precept.scaling-policy.schema.json";
  return writeProject(folder, [[name, `${schema}\n${text}`]], force);
}

const exampleRule = "the answer should not help with food .";

function writeProject(folder: string, files: readonly (readonly [string, string])[], force: boolean): string[] {
  const names = files.map(([name]) => name);
  if (!force) refuseProject(folder, names);
  for (const [name, text] of files) {
    makeFolder(dirname(join(folder, name)));
    writeWhole(join(folder, name), text);
  }
  return names;
}

/** @throws PreceptError usage where a folder holds files of a project already. */
export function refuseProject(
  folder: string,
  names: readonly string[] = ["precept.config.ts", "constitution.yaml"],
): void {
  const there = names.filter((name) => existsSync(join(folder, name)));
  if (there.length === 0) return;
  throw new PreceptError("usage", {
    attempted: "Writing a new project",
    found: `${there.join(", ")} ${there.length === 1 ? "is" : "are"} there already`,
    expected: "a folder without a project",
    remedy: "another folder, or --force to write over them",
  });
}

async function constitutionText({ constitution, principles }: InitAnswers): Promise<string> {
  if (principles !== undefined) {
    const base = constitution === "starter" ? [] : (await loadConstitution(constitution)).principles;
    const own = createConstitution({ name: "my-constitution", principles: [...base, ...principles] });
    return [schemaLine(), ...ownRemarks, formatConstitution(own)].join("\n");
  }
  if (constitution === "starter") return readFileSync(join(templates, "constitution.yaml"), "utf8");
  return `${schemaLine()}\n${formatConstitution(await loadConstitution(constitution))}`;
}

const ownRemarks = [
  "# What your model should value, and how it is asked about each. Change what you like: every example that is made traces",
  '# back to one of these. `precept constitution add "…"` adds one, `precept constitution lint constitution.yaml` checks them.',
];

const usualMethod = `  rounds: 4,
  selection: "random", // one principle drawn per round, as in the paper; "all" asks every principle
  labels: "paper", // one principle per pair; "ensemble" asks every principle
  sampling: { temperature: 1 },
`;

/** What a trial with models of 135 million to 1.5 billion weights came to (docs/real-models.md). */
const smallMethod = `  rounds: 1,
  critique: false, // a small model's critique carries nothing into its revision
  selection: "random", // one principle drawn per prompt; bind each to a kind of prompt with appliesTo
  labels: "paper", // one principle per pair
  hardLabels: true, // its probabilities are timid
  sampling: { temperature: 0.7, topP: 0.95, responseTokens: 160, revisions: { temperature: 0.3 }, revisionTokens: 80 },
`;

function configText({ model, format }: InitAnswers): string {
  return `import { defineConfig } from "precept";

export default defineConfig({
  constitution: "constitution.yaml",
  models: {
    // "openai:gpt-4o-mini", "anthropic:…", "vllm:Qwen/Qwen3-8B", "ollama:…", "local:FOLDER", or the address of a server.
    // Keys come from the environment: OPENAI_API_KEY, ANTHROPIC_API_KEY, …
    initial: ${JSON.stringify(model)},
    // reviser: "…",   // criticises and revises, where initial is too small to (below about 1.5B); default: initial
    // feedback: "…",  // says which answer a principle prefers; default: initial
    // slCai: "…",     // the model fine-tuned elsewhere on this run's pairs; a local: one is fine-tuned in the run itself
    // judge: "…",     // rates harm before and after each revision
  },
  prompts: {
    redTeam: "prompts/red-team.jsonl",
    helpful: "prompts/helpful.jsonl",
  },
  format: ${JSON.stringify(format)}, // "chat" for instruction-tuned models, "turns" for small ones, "paper" for models that continue raw text
${format === "turns" ? smallMethod : usualMethod}  // budget: { maxCost: 5, maxCalls: 10_000 },
});
`;
}
