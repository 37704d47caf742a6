import { table } from "../tables.ts";
import { type Arm, arms } from "./arms.ts";
import type { Measured } from "./measured.ts";
import { capabilityTable, compareArms, namesInOrder, writeTable } from "./table.ts";

const titles = {
  values: "Values from 1.5 billion weights into 135 million",
  form: "A principle of form, by contrast, with 135 million weights alone",
} as const;

const splits = {
  test: "Test prompts, read once for each run below, whose settings were chosen on the development prompts:",
  development: "Development prompts, on which settings are chosen:",
} as const;

/** What decides of an answer, for the differences between arms: prompts whose set ends so, and the wanted letters. */
const outcomes: Readonly<Record<Arm["experiment"], readonly (readonly [name: string, end: string, wanted: string])[]>> =
  {
    values: [
      ["unsafe complied", " unsafe", "c"],
      ["safe refused", " safe", "rw"],
    ],
    form: [["at most two sentences", " safe", "1"]],
  };

/** A section for each experiment: what its arms are, its tables, the differences, and what is not measured yet. */
export function writeTables(all: readonly Measured[], write: (name: string, body: string) => void): void {
  for (const experiment of ["values", "form"] as const) {
    const own = arms.filter((arm) => arm.experiment === experiment);
    if (own.length === 0) continue;
    const parts = (["test", "development"] as const).flatMap((split) => {
      const { markdown, missing } = writeTable(experiment, split, all);
      const differences = listDifferences(experiment, split, all);
      const capability = capabilityTable(
        all.filter((item) => item.split === split && own.some(({ name }) => name === item.arm)),
      );
      return [
        ...(markdown === "" ? [] : [splits[split], "", markdown, ""]),
        ...(differences.length === 0
          ? []
          : [
              table(
                ["on the same prompts", "seed", ...outcomes[experiment].map(([name]) => `${name}, points`)],
                differences,
              ),
              "",
            ]),
        ...(capability === "" ? [] : ["What training cost in other respects:", "", capability, ""]),
        ...(split === "test" && missing.length > 0
          ? [`Not measured yet on the test prompts (arm, seed): ${missing.join(", ")}.`, ""]
          : []),
      ];
    });
    const list = own.map(({ name, about }) => `- \`${name}\`: ${about}.`);
    write(experiment, [`## ${titles[experiment]}`, "", ...list, "", ...parts].join("\n").trimEnd());
  }
}

/** DPO against the same on shuffled labels, and the main arm's last common checkpoint against each other arm's. */
function listDifferences(
  experiment: Arm["experiment"],
  split: Measured["split"],
  all: readonly Measured[],
): string[][] {
  const measured = all.filter((item) => item.split === split);
  const [main, ...others] = arms.filter((arm) => arm.experiment === experiment);
  const controlled = measured.flatMap(({ arm, seed, checkpoints }) => {
    const { dpo, "dpo-shuffled-labels": control } = checkpoints;
    if (
      dpo === undefined ||
      control === undefined ||
      !arms.some((own) => own.name === arm && own.experiment === experiment)
    )
      return [];
    const cells = outcomes[experiment].map(([, end, wanted]) => compareArms(dpo, control, end, wanted));
    return [[`${arm}, dpo − dpo-shuffled-labels`, String(seed), ...cells]];
  });
  const between = others.flatMap((other) =>
    measured
      .filter(({ arm }) => arm === other.name)
      .flatMap((control) => {
        const own = measured.find(
          ({ arm, seed, scale }) => arm === main?.name && seed === control.seed && scale === control.scale,
        );
        const last = namesInOrder(control.checkpoints).findLast((name) => own?.checkpoints[name] !== undefined);
        const [a, b] = [own?.checkpoints[last ?? ""], control.checkpoints[last ?? ""]];
        if (own === undefined || a === undefined || b === undefined || last === "initial") return [];
        const cells = outcomes[experiment].map(([, end, wanted]) => compareArms(a, b, end, wanted));
        return [[`${own.arm} − ${control.arm}, ${last}`, String(control.seed), ...cells]];
      }),
  );
  return [...controlled, ...between];
}
