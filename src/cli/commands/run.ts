import { relative } from "node:path";
import { gateExitCode, readCheck } from "../../evaluation/index.ts";
import { hubPrompts, loadConfig, runProject, withConstitution, withDocs } from "../../project/index.ts";
import { readReport } from "../../report/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { gatesOfRun, showProject } from "../show-project.ts";
import { showRun } from "../show-run.ts";

export interface RunFlags {
  readonly config?: string;
  readonly constitution?: string;
  readonly docs?: string | undefined;
  readonly out?: string | undefined;
  readonly maxCost?: number;
  readonly maxCalls?: number;
  readonly skipBad: boolean;
  readonly keepConstitution: boolean;
  readonly redo: boolean;
  readonly noCache: boolean;
  readonly json: boolean;
}

/** precept run: a project as far as its models allow, or on from where an earlier process stopped; gates of a check in the run set its exit. */
export async function runCommand(this: CliContext, flags: RunFlags): Promise<void> {
  const { command, signal, env } = this;
  const progress = progressOf(this, flags.json);
  const configured = withDocs(await loadConfig(flags.config), flags.docs);
  const loaded = await withConstitution(configured, flags.constitution);
  const { folder, summary, plan } = await runProject({
    loaded,
    folder: flags.out,
    command,
    progress,
    signal,
    env,
    budget: { maxCost: flags.maxCost, maxCalls: flags.maxCalls },
    cache: flags.noCache ? false : undefined,
    skipBad: flags.skipBad,
    keepConstitution: flags.keepConstitution,
    redo: flags.redo,
    download: (name, split) => hubPrompts(name, { split, progress, signal }),
  });
  const page = pageOf(this.process.stdout, env);
  const check = loaded.config.check?.inRun === true ? readCheck(folder) : undefined;
  const gates = check === undefined ? [] : gatesOfRun(check);
  if (flags.json) {
    const { data, ...rest } = summary;
    printJson(this, { run: folder, ...rest, ...data, planned: plan, gates });
  } else if (plan === undefined || summary.data === undefined) {
    print(this, showRun(folder, await readReport(folder), page));
  } else {
    const place = { folder: relative(process.cwd(), folder) || ".", check };
    print(this, showProject({ ...summary, ...summary.data }, plan, place, page));
  }
  if (gates.length > 0) this.process.exitCode = gateExitCode(gates);
}
