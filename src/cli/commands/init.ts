import { join } from "node:path";
import {
  bundledConstitutions,
  type Constitution,
  loadConstitution,
  type PrincipleDraft,
  principlesOfSentences,
} from "../../constitution/index.ts";
import { Interruption, PreceptError } from "../../errors.ts";
import { parseModelSpec } from "../../models/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import {
  defaultAnswers,
  draftPrinciples,
  type InitAnswers,
  initHarborProject,
  initProject,
  initScalingPolicy,
  initTemplate,
  isSmallModel,
  type presets,
  refuseProject,
  type TemplateName,
} from "../../project/index.ts";
import { approveDrafts } from "../approve-drafts.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { printLint } from "../show-drafts.ts";

export interface InitFlags {
  readonly yes: boolean;
  readonly model?: string | undefined;
  readonly constitution?: string | undefined;
  readonly format?: InitAnswers["format"] | undefined;
  readonly template?: TemplateName | "harbor" | "scaling-policy";
  readonly preset?: (typeof presets)[number];
  readonly rule?: readonly string[];
  readonly force: boolean;
  readonly json: boolean;
}

/** precept init [FOLDER]: three questions, or none with --yes; with --template, a project to start from. */
export async function init(this: CliContext, flags: InitFlags, folder = "."): Promise<void> {
  const { template, preset, rule, model, constitution, format } = flags;
  const idle = Object.entries(idleFlags(flags));
  const [unused] = idle.find(([, value]) => value !== undefined) ?? [];
  if (unused !== undefined) throw refuseUnused(unused, template);
  if (template === "harbor") {
    const sentence = onlySentence(rule);
    const files = await initHarborProject(
      folder,
      preset ?? (sentence === undefined ? undefined : "own"),
      flags.force,
      sentence,
    );
    printFiles(this, flags.json, { folder, files }, [
      ["run", "trains harbor's constitution in, measures, and writes the page"],
    ]);
    return;
  }
  if (template === "scaling-policy") {
    printFiles(this, flags.json, { folder, files: initScalingPolicy(folder, flags.force) }, [
      ["gate scaling-policy.yaml RUN", "what is missing, and whether a threshold is reached"],
    ]);
    return;
  }
  if (template !== undefined) return beginTemplate(this, flags, template, folder);
  const base = rule === undefined ? undefined : await loadBase(constitution);
  if (rule !== undefined) principlesOfSentences(rule, base);
  const given = omitUndefined({ model, constitution, format });
  const answered = isTalking(this, flags)
    ? await askAnswers(given, rule !== undefined)
    : { ...defaultAnswers, ...given };
  parseModelSpec(answered.model);
  const isSmall = answered.format === "chat" && format === undefined && (await isSmallModel(answered.model, folder));
  const asked = isSmall ? { ...answered, format: "turns" as const } : answered;
  if (isSmall && !flags.json) print(this, `${answered.model} is small: settings for models below 3B (format turns)`);
  if (!flags.force) refuseProject(folder);
  const principles = rule === undefined ? undefined : await draftOwn(this, flags, rule, base, asked.model);
  const answers: InitAnswers = { ...asked, principles };
  const files = await initProject(folder, answers, flags.force);
  if (principles !== undefined && !flags.json) await printLint(this, join(folder, "constitution.yaml"));
  const measure = [
    ["check --write-prompts 5", "requests that put your rules to the test; those written are general"],
    ["check", "which of the rules your bot breaks, how often, and where"],
  ] as const;
  printFiles(this, flags.json, { folder, files, ...answers }, [
    ...(principles === undefined ? [] : measure),
    ["plan", "what it will take, before anything is spent"],
    ["run", "the data sets"],
  ]);
}

/** Flags that say nothing beside --template, or without it. */
function idleFlags({ template, preset, rule, model, constitution, format }: InitFlags) {
  if (template === undefined) return { preset };
  if (template === "scaling-policy") return { preset, model, constitution, format, rule };
  return template === "harbor" ? { model, constitution, format } : { preset, constitution, rule };
}

function isTalking(context: CliContext, { yes, json }: InitFlags): boolean {
  return !yes && !json && context.process.stdout.isTTY === true && process.stdin.isTTY === true;
}

/** A template's files, with the model that is named; in a terminal it is asked for. */
async function beginTemplate(
  context: CliContext,
  flags: InitFlags,
  template: TemplateName,
  folder: string,
): Promise<void> {
  const { model, format } = flags;
  const given = omitUndefined({ model, constitution: "starter", format: format ?? "chat" });
  const asked = isTalking(context, flags) ? await askAnswers(given, false) : { ...defaultAnswers, ...given };
  parseModelSpec(asked.model);
  const files = initTemplate(folder, template, { model: asked.model, format }, flags.force);
  printFiles(context, flags.json, { folder, files, model: asked.model }, [
    ["check", "which of the rules your bot breaks, how often, and where"],
    ["plan", "what a run will take, before anything is spent"],
    ["run", "revised answers, AI feedback, data sets"],
  ]);
}

/** The constitution that sentences stand behind; undefined where they stand alone. */
async function loadBase(name: string | undefined): Promise<Constitution | undefined> {
  return name === undefined || name === "starter" ? undefined : loadConstitution(name);
}

/** The principles of sentences, drafted by the model where one was named. @throws Interruption when none is taken. */
async function draftOwn(
  context: CliContext,
  { json, yes }: InitFlags,
  rules: readonly string[],
  base: Constitution | undefined,
  model: string,
): Promise<PrincipleDraft[]> {
  const { env, signal } = context;
  const drafter = { model: model === defaultAnswers.model ? undefined : model, env, signal };
  const drafts = await draftPrinciples(rules, base, drafter);
  if (json) return drafts.drafts.map(({ principle }) => principle);
  const taken = await approveDrafts(context, drafts, yes);
  if (taken.length > 0) return taken;
  throw new Interruption("Beginning a project", "every principle was left out", "nothing was written");
}

/** Harbor's own constitution of one sentence takes one. @throws PreceptError usage for more. */
function onlySentence(rules: readonly string[] = []): string | undefined {
  if (rules.length < 2) return rules[0];
  throw new PreceptError("usage", {
    attempted: "Reading the flags",
    found: `--rule ${rules.length} times beside --template harbor`,
    expected: "one sentence in harbor's language",
    remedy: "add the others to constitution.yaml once it is written",
  });
}

function refuseUnused(flag: string, template: string | undefined): PreceptError {
  return new PreceptError("usage", {
    attempted: "Reading the flags",
    found: template === undefined ? `--${flag} without --template` : `--${flag} beside --template ${template}`,
    expected: template === undefined ? "--template harbor with it" : "the template's own, to edit once it is written",
    remedy: `leave out --${flag}`,
  });
}

interface Written {
  readonly model?: string;
  readonly folder: string;
  readonly files: readonly string[];
}

function printFiles(
  context: CliContext,
  isJson: boolean,
  written: Written,
  next: readonly (readonly [string, string])[],
): void {
  if (isJson) {
    printJson(context, written);
    return;
  }
  const { folder, files } = written;
  const cd = folder === "." ? "" : `cd ${folder} && `;
  for (const file of files) print(context, `  ${join(folder, file)}`);
  const width = Math.max(...next.map(([command]) => command.length));
  for (const [index, [command, does]] of next.entries()) {
    print(context, `${index === 0 ? "\nnext: " : "      "}${cd}precept ${command.padEnd(width)}  ${does}`);
  }
}

async function askAnswers(given: Partial<InitAnswers>, hasRules: boolean): Promise<InitAnswers> {
  const { intro, outro, select, text } = await import("@clack/prompts");
  const takeAnswer = <T extends string>(value: T | symbol): T => {
    if (typeof value !== "symbol") return value;
    throw new Interruption("Beginning a project", "cancelled", "nothing was written");
  };
  intro("A new project");
  const model =
    given.model ??
    takeAnswer(
      await text({
        message: "Which model answers, criticises and revises?",
        placeholder: defaultAnswers.model,
        defaultValue: defaultAnswers.model,
        validate: (value) => faultOf(value === undefined || value === "" ? defaultAnswers.model : value),
      }),
    );
  const format =
    given.format ??
    takeAnswer<InitAnswers["format"]>(
      await select<InitAnswers["format"]>({
        message: "What kind of model is it?",
        options: [
          { value: "chat", label: "It answers turns", hint: "instruction-tuned: most hosted models" },
          { value: "turns", label: "It answers turns and is small", hint: "instruction-tuned, below about 3B" },
          { value: "paper", label: "It continues raw text", hint: "a base model, in the paper's own format" },
        ],
      }),
    );
  const bundled = (await bundledConstitutions()).filter((name) => name !== "harbor");
  const constitution =
    given.constitution ??
    (hasRules ? defaultAnswers.constitution : undefined) ??
    takeAnswer(
      await select({
        message: "Which constitution do you start from?",
        options: [
          { value: "starter", label: "Five principles to change into your own" },
          ...bundled.map((name) => ({ value: name, label: name })),
        ],
      }),
    );
  outro(hasRules ? "Principles:" : "Written:");
  return { model, format, constitution };
}

function faultOf(model: string): string | undefined {
  try {
    parseModelSpec(model);
    return undefined;
  } catch (error) {
    return error instanceof PreceptError
      ? [error.details.found, error.details.remedy].filter(Boolean).join("; ")
      : String(error);
  }
}
