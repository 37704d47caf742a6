import {
  constitutionToJson,
  type ImportFormat,
  type ImportResult,
  importConstitutionFile,
  renderImport,
} from "../../constitution/index.ts";
import { importProse, planProse, readProse } from "../../drafting/index.ts";
import { PreceptError } from "../../errors.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showProse, showProsePlan } from "../show-prose.ts";
import { parsePrice } from "../show-spent.ts";

export interface ImportFlags {
  readonly json: boolean;
  readonly format?: ImportFormat | undefined;
  readonly name?: string | undefined;
  readonly section?: readonly string[];
  readonly level?: number | undefined;
  readonly out?: string | undefined;
  readonly model?: string | undefined;
  readonly plan: boolean;
  readonly maxCost?: number | undefined;
  readonly maxCalls?: number | undefined;
  readonly price?: readonly string[];
  readonly run?: string | undefined;
}

/**
 * precept constitution import FILE: a published form in, our YAML out (stdout, or --out FILE); notes go to stderr. With
 * --model, a document of prose: a model drafts principles from it.
 */
export async function importFile(this: CliContext, flags: ImportFlags, path: string): Promise<void> {
  refuseMixed(flags);
  if (flags.model !== undefined) return importWithModel(this, flags, flags.model, path);
  const { section, json, format, name, level, out } = flags;
  const result = await importConstitutionFile(path, { format, name, level, out, sections: section });
  if (json) {
    const { format: read, notes, chats, constitution } = result;
    printJson(this, { format: read, notes, chats, constitution: constitutionToJson(constitution) });
    return;
  }
  this.process.stderr.write(`${renderImport(result)}\n${hintAtProse(result, path)}`);
  print(this, out ?? result.yaml.trimEnd());
}

/** @throws PreceptError usage for flags of one way of reading beside the other. */
function refuseMixed({ model, format, section, level, plan, maxCost, maxCalls, price, run }: ImportFlags): void {
  const reading = { plan: plan || undefined, "max-cost": maxCost, "max-calls": maxCalls, price, run };
  const given = Object.entries(model === undefined ? reading : { format, section, level });
  const [name] = given.find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  throw new PreceptError("usage", {
    attempted: "Reading the flags",
    found: `--${name} ${model === undefined ? "without" : "beside"} --model`,
    expected: "--model MODEL to draft principles from prose, or the flags of a published form",
    remedy: `leave out --${name}${model === undefined ? ", or name the model that reads" : " or --model"}`,
  });
}

/** A document whose sections became principles is prose: says how principles come of it. */
function hintAtProse({ constitution, format }: ImportResult, path: string): string {
  const longest = Math.max(...constitution.principles.map(({ text }) => text.split(/\s+/).length));
  if (format !== "markdown" || longest < 300) return "";
  return `the longest has ${longest} words, too many to ask about at once: precept constitution import ${path} --model MODEL drafts principles from the prose\n`;
}

async function importWithModel(context: CliContext, flags: ImportFlags, model: string, path: string): Promise<void> {
  const { json, name, out, maxCost, maxCalls, run } = flags;
  const prices = Object.fromEntries((flags.price ?? []).map(parsePrice));
  const document = await readProse(path);
  const plan = await planProse(document, { model, prices });
  const page = pageOf(context.process.stderr, context.env);
  if (flags.plan) return json ? printJson(context, plan) : print(context, showProsePlan(document, plan, page));
  if (!json) context.process.stderr.write(`${showProsePlan(document, plan, page)}\n\n`);
  const imported = await importProse(document, {
    model,
    name,
    out,
    folder: run,
    maxCost,
    maxCalls,
    prices,
    env: context.env,
    signal: context.signal,
    progress: progressOf(context, json),
    command: context.command,
  });
  if (json) {
    const { constitution, spending, yaml: _, ...rest } = imported;
    const spent = { calls: spending.calls, cost: spending.cost };
    printJson(context, { ...rest, spent, constitution: constitutionToJson(constitution) });
    return;
  }
  context.process.stderr.write(`${showProse(imported, page)}\n`);
  print(context, out ?? imported.yaml.trimEnd());
}
