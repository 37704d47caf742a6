import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { schemaLine } from "../constitution/index.ts";
import { packageRoot } from "../storage/index.ts";
import type { Format } from "./config/schema.ts";

/** Projects to start from, as folders of files that are copied as they stand. */
export const templateNames = ["support-bot", "research", "blank"] as const;
export type TemplateName = (typeof templateNames)[number];

const root = join(packageRoot, "templates");

export interface TemplateAnswers {
  /** A model's name, or the address of an OpenAI-compatible server. */
  readonly model: string;
  /** Default: the template's own. */
  readonly format?: Format | undefined;
}

/** The files of a template by name, with the person's model in its configuration. */
export function templateFiles(name: TemplateName, { model, format }: TemplateAnswers): (readonly [string, string])[] {
  const folder = join(root, name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return files.map((path) => {
    const text = readFileSync(path, "utf8");
    const file = relative(folder, path).split(sep).join("/");
    if (file === configFile) return [file, fillConfig(text, { model, format })] as const;
    return [file, file === "constitution.yaml" ? `${schemaLine()}\n${text}` : text] as const;
  });
}

const configFile = "precept.config.ts";

function fillConfig(text: string, { model, format }: TemplateAnswers): string {
  const named = text.replace('"MODEL"', () => JSON.stringify(model));
  return format === undefined ? named : named.replace(/^ {2}format: "\w+",$/mu, `  format: ${JSON.stringify(format)},`);
}
