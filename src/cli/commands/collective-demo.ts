import { runTownDemo, type TownControl } from "../../project/collective/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showTown } from "../show-town.ts";

export interface CollectiveDemoFlags {
  readonly preset?: "demo" | "smoke";
  readonly seed?: number;
  readonly control?: TownControl;
  readonly noTraining: boolean;
  readonly out?: string;
  readonly json: boolean;
}

/** precept collective demo: a simulated town writes harbor's constitution, and what it trains is compared with the standard one. */
export async function collectiveDemo(this: CliContext, flags: CollectiveDemoFlags): Promise<void> {
  const { preset = "demo", seed = 1, control = "none", noTraining, json } = flags;
  const parts = ["runs/town", preset, control, seed === 1 ? "" : `seed-${seed}`];
  const folder = flags.out ?? parts.filter((part) => !["", "demo", "none"].includes(part)).join("-");
  const { command, signal, env } = this;
  const page = pageOf(this.process.stdout, env);
  if (!json && preset === "smoke")
    print(this, page.paint("yellow", "The preset smoke only shows that everything runs: its figures prove nothing."));
  const demo = await runTownDemo({
    ...{ folder, seed, control, size: preset, command, signal, env },
    progress: progressOf(this, json),
    trains: noTraining ? false : undefined,
  });
  if (json) {
    const { figures, comparisons, provenance } = demo;
    printJson(this, { folder, seed, control, figures, comparisons, constitution: provenance?.constitution });
    return;
  }
  print(this, showTown(demo, page));
}
