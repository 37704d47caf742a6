import { hubPrompts, loadConfig, planConfigured, withConstitution } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showPlan } from "../show-plan.ts";

export interface PlanFlags {
  readonly config?: string;
  readonly constitution?: string;
  readonly probe: boolean;
  readonly skipBad: boolean;
  readonly noCache: boolean;
  readonly json: boolean;
}

/** precept plan: nothing is asked of any model without --probe. */
export async function plan(this: CliContext, flags: PlanFlags): Promise<void> {
  const loaded = await withConstitution(await loadConfig(flags.config), flags.constitution);
  const planned = await planConfigured({
    loaded,
    env: this.env,
    signal: this.signal,
    skipBad: flags.skipBad,
    probe: flags.probe,
    ...(flags.noCache ? { cache: false as const } : {}),
    download: (name, split) => hubPrompts(name, { split, progress: progressOf(this, flags.json), signal: this.signal }),
  });
  if (flags.json) printJson(this, planned);
  else print(this, showPlan(planned, loaded, pageOf(this.process.stdout, this.env)));
}
