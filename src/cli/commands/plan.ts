import { PreceptError } from "../../errors.ts";
import {
  hubPrompts,
  loadConfig,
  type PlannedProject,
  planConfigured,
  type SizeOptions,
  sizePaper,
  sizeProject,
  withConstitution,
} from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showPlan } from "../show-plan.ts";
import { showPaperSizing, showSizing } from "../show-sizing.ts";

export interface PlanFlags {
  readonly config?: string;
  readonly constitution?: string;
  readonly probe: boolean;
  readonly shards?: number | undefined;
  readonly skipBad: boolean;
  readonly noCache: boolean;
  readonly gpus?: string | undefined;
  readonly engine?: SizeOptions["engine"];
  readonly parameters?: string | undefined;
  readonly lora?: number | undefined;
  readonly throughput?: string | undefined;
  readonly measured?: string | undefined;
  readonly measuredGpus?: number | undefined;
  readonly paper: boolean;
  readonly json: boolean;
}

/** precept plan: nothing is asked of any model without --probe; with --gpus, or --paper, what it takes on those. */
export async function plan(this: CliContext, flags: PlanFlags): Promise<void> {
  const size = sizeOf(flags);
  if (flags.paper) {
    const sizings = sizePaper(size ?? { gpus: "8xH100" });
    if (flags.json) printJson(this, sizings);
    else print(this, showPaperSizing(sizings, pageOf(this.process.stdout, this.env)));
    return;
  }
  const loaded = await withConstitution(await loadConfig(flags.config), flags.constitution);
  const makePlan = (): Promise<PlannedProject> =>
    planConfigured({
      loaded,
      env: this.env,
      signal: this.signal,
      skipBad: flags.skipBad,
      probe: flags.probe,
      shards: flags.shards,
      ...(flags.noCache ? { cache: false as const } : {}),
      download: (name, split) =>
        hubPrompts(name, { split, progress: progressOf(this, flags.json), signal: this.signal }),
    });
  const page = pageOf(this.process.stdout, this.env);
  if (size === undefined) {
    const planned = await makePlan();
    if (flags.json) printJson(this, planned);
    else print(this, showPlan(planned, loaded, page));
    return;
  }
  const { planned, sizing } = await sizeProject(loaded, size, makePlan);
  if (flags.json) printJson(this, { ...planned, sizing });
  else print(this, showSizing(sizing, planned.workload, page));
}

/** @throws PreceptError usage where GPUs are spoken of and none are named. */
function sizeOf(flags: PlanFlags): SizeOptions | undefined {
  const { gpus, engine, parameters, lora, paper, throughput, measured, measuredGpus } = flags;
  const about = { engine, parameters, rank: lora, throughput, measured, measuredGpus };
  if (gpus !== undefined) return { gpus, ...about };
  if (paper) return { gpus: "8xH100", ...about };
  const given = Object.entries({ engine, parameters, lora, throughput, measured, "measured-gpus": measuredGpus }).find(
    ([, value]) => value !== undefined,
  );
  if (given === undefined) return undefined;
  throw new PreceptError("usage", {
    attempted: "Planning",
    found: `--${given[0]} without --gpus`,
    expected: "the GPUs that it is for",
    remedy: "precept plan --engine ray --gpus 8xH100",
  });
}
