import { relative } from "node:path";
import { PreceptError } from "../../errors.ts";
import { gateExitCode, readCheck } from "../../evaluation/index.ts";
import {
  hubPrompts,
  joinProject,
  loadConfig,
  runProject,
  type Shard,
  speakToLead,
  startClient,
  withConstitution,
  withDocs,
} from "../../project/index.ts";
import { readReport } from "../../report/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { errorToJson } from "../failure.ts";
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
  readonly shards?: number;
  readonly shard?: Shard;
  readonly skipBad: boolean;
  readonly keepConstitution: boolean;
  readonly redo: boolean;
  readonly noCache: boolean;
  readonly json: boolean;
}

/** precept run: a project as far as its models allow, or on from where an earlier process stopped; gates of a check in the run set its exit. */
export async function runCommand(this: CliContext, flags: RunFlags): Promise<void> {
  const { shards, shard } = flags;
  if (shard !== undefined) return joinCommand(this, flags, shard);
  const { signal, env } = this;
  const progress = progressOf(this, flags.json);
  const options = await optionsOf(this, flags);
  const { folder, summary, plan } = await runProject({
    ...options,
    ...{ progress, signal },
    fleet: shards === undefined ? undefined : { shards, start: startClient },
    download: (name, split) => hubPrompts(name, { split, progress, signal }),
  });
  const page = pageOf(this.process.stdout, env);
  const check = options.loaded.config.check?.inRun === true ? readCheck(folder) : undefined;
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

/** precept run --shard K/N: this client's share of a run that another process merges. */
async function joinCommand(context: CliContext, flags: RunFlags, shard: Shard): Promise<void> {
  if (flags.shards !== undefined) throw bothGiven(flags.shards, shard);
  const lead = speakToLead(context.signal);
  const { progress, signal, ...alone } = lead ?? { progress: progressOf(context, flags.json), signal: context.signal };
  try {
    const { folder } = await joinProject(
      { ...(await optionsOf(context, flags)), progress, signal },
      { ...shard, ...alone },
    );
    const said = `client ${shard.client} of ${shard.of} is done; ${folder} is merged where --shards was given`;
    if (flags.json) printJson(context, { run: folder, shard });
    else print(context, said);
  } catch (error) {
    lead?.tellFailure(errorToJson(error).error);
    throw error;
  }
}

async function optionsOf({ command, env }: CliContext, flags: RunFlags) {
  const configured = withDocs(await loadConfig(flags.config), flags.docs);
  return {
    loaded: await withConstitution(configured, flags.constitution),
    folder: flags.out,
    ...{ command, env },
    budget: { maxCost: flags.maxCost, maxCalls: flags.maxCalls },
    ...(flags.noCache ? { cache: false as const } : {}),
    ...{ skipBad: flags.skipBad, keepConstitution: flags.keepConstitution, redo: flags.redo },
  };
}

function bothGiven(shards: number, { client, of }: Shard): PreceptError {
  return new PreceptError("usage", {
    attempted: "Reading the flags",
    found: `--shards ${shards} beside --shard ${client}/${of}`,
    expected: "--shards where the run is merged, --shard for a client elsewhere",
    remedy: `precept run --shard ${client}/${of}`,
  });
}
