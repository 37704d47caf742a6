import { join } from "node:path";
import { bundledConstitutions } from "../../constitution/index.ts";
import { Interruption, PreceptError } from "../../errors.ts";
import { parseModelSpec } from "../../models/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { defaultAnswers, type InitAnswers, initHarborProject, initProject, type presets } from "../../project/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface InitFlags {
  readonly yes: boolean;
  readonly model?: string | undefined;
  readonly constitution?: string | undefined;
  readonly format?: InitAnswers["format"] | undefined;
  readonly template?: "harbor";
  readonly preset?: (typeof presets)[number];
  readonly rule?: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** precept init [FOLDER]: three questions, or none with --yes; with --template harbor, the demonstration to edit. */
export async function init(this: CliContext, flags: InitFlags, folder = "."): Promise<void> {
  const { template, preset, rule, model, constitution, format } = flags;
  const idle = Object.entries(template === undefined ? { preset, rule } : { model, constitution, format });
  const [unused] = idle.find(([, value]) => value !== undefined) ?? [];
  if (unused !== undefined) throw refuseUnused(unused, template);
  if (template === "harbor") {
    const files = await initHarborProject(
      folder,
      preset ?? (rule === undefined ? undefined : "own"),
      flags.force,
      rule,
    );
    printFiles(this, flags.json, { folder, files }, [
      ["run", "trains harbor's constitution in, measures, and writes the page"],
    ]);
    return;
  }
  const given = omitUndefined({ model, constitution, format });
  const isTalking = !flags.yes && !flags.json && this.process.stdout.isTTY === true && process.stdin.isTTY;
  const answers: InitAnswers = isTalking ? await askAnswers(given) : { ...defaultAnswers, ...given };
  parseModelSpec(answers.model);
  const files = await initProject(folder, answers, flags.force);
  printFiles(this, flags.json, { folder, files, ...answers }, [
    ["plan", "what it will take, before anything is spent"],
    ["run", "the data sets"],
  ]);
}

function refuseUnused(flag: string, template: string | undefined): PreceptError {
  return new PreceptError("usage", {
    attempted: "Reading the flags",
    found: template === undefined ? `--${flag} without --template` : `--${flag} beside --template ${template}`,
    expected: template === undefined ? "--template harbor with it" : "harbor's own, to edit once it is written",
    remedy: `leave out --${flag}`,
  });
}

interface Written {
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
  for (const [index, [command, does]] of next.entries()) {
    print(context, `${index === 0 ? "\nnext: " : "      "}${cd}precept ${command.padEnd(6)} ${does}`);
  }
}

async function askAnswers(given: Partial<InitAnswers>): Promise<InitAnswers> {
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
          { value: "paper", label: "It continues raw text", hint: "a base model, in the paper's own format" },
        ],
      }),
    );
  const bundled = (await bundledConstitutions()).filter((name) => name !== "harbor");
  const constitution =
    given.constitution ??
    takeAnswer(
      await select({
        message: "Which constitution do you start from?",
        options: [
          { value: "starter", label: "Five principles to change into your own" },
          ...bundled.map((name) => ({ value: name, label: name })),
        ],
      }),
    );
  outro("Written:");
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
