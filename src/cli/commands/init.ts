import { join } from "node:path";
import { bundledConstitutions } from "../../constitution/index.ts";
import { defined } from "../../defined.ts";
import { Interruption, PreceptError } from "../../errors.ts";
import { parseModelSpec } from "../../models/index.ts";
import { defaultAnswers, type InitAnswers, initProject } from "../../project/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface InitFlags {
  readonly yes: boolean;
  readonly model?: string | undefined;
  readonly constitution?: string | undefined;
  readonly format?: InitAnswers["format"] | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** precept init [FOLDER]: three questions, or none with --yes. */
export async function init(this: CliContext, flags: InitFlags, folder = "."): Promise<void> {
  const given = defined({ model: flags.model, constitution: flags.constitution, format: flags.format });
  const isTalking = !flags.yes && !flags.json && this.process.stdout.isTTY === true && process.stdin.isTTY;
  const answers: InitAnswers = isTalking ? await asked(given) : { ...defaultAnswers, ...given };
  parseModelSpec(answers.model);
  const files = await initProject(folder, answers, flags.force);
  if (flags.json) {
    printJson(this, { folder, files, ...answers });
    return;
  }
  const cd = folder === "." ? "" : `cd ${folder} && `;
  for (const file of files) print(this, `  ${join(folder, file)}`);
  print(this, `\nnext: ${cd}precept plan   what it will take, before anything is spent`);
  print(this, `      ${cd}precept run    the data sets`);
}

async function asked(given: Partial<InitAnswers>): Promise<InitAnswers> {
  const { intro, outro, select, text } = await import("@clack/prompts");
  const answered = <T extends string>(value: T | symbol): T => {
    if (typeof value !== "symbol") return value;
    throw new Interruption("Beginning a project", "cancelled", "nothing was written");
  };
  intro("A new project");
  const model =
    given.model ??
    answered(
      await text({
        message: "Which model answers, criticises and revises?",
        placeholder: defaultAnswers.model,
        defaultValue: defaultAnswers.model,
        validate: (value) => faultOf(value === undefined || value === "" ? defaultAnswers.model : value),
      }),
    );
  const format =
    given.format ??
    answered<InitAnswers["format"]>(
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
    answered(
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
