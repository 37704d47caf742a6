import { prepareRedteam } from "../../project/index.ts";
import { defaultRedteamOptions, readFindings, runRedteam } from "../../redteam/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showFindings, showRedteam } from "../show-redteam.ts";
import { parsePrice } from "../show-spent.ts";

export interface RedteamFlags {
  readonly strategy?: string | undefined;
  readonly budget?: number | undefined;
  readonly judge?: string | undefined;
  readonly attacker?: string | undefined;
  readonly constitution?: string | undefined;
  readonly principles?: string | undefined;
  readonly goals?: string | undefined;
  readonly perPrinciple?: number | undefined;
  readonly systemPrompt?: string | undefined;
  readonly guard?: string | undefined;
  readonly samples?: number | undefined;
  readonly findings?: number | undefined;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly certificates?: string | undefined;
  readonly out?: string | undefined;
  readonly iOwnThisTarget: boolean;
  readonly maxCost?: number | undefined;
  readonly price?: readonly string[] | undefined;
  readonly showAttacks: boolean;
  readonly json: boolean;
}

const listOf = (text: string): string[] => text.split(",").map((name) => name.trim());

/** precept redteam TARGET: attacks, their figures and findings; the requests themselves are printed on demand alone. */
export async function redteam(this: CliContext, flags: RedteamFlags, target: string): Promise<void> {
  const { strategy = "persuasion", principles, perPrinciple, showAttacks, json, certificates, ...rest } = flags;
  const base = defaultRedteamOptions;
  const options = {
    budget: rest.budget ?? base.budget,
    goals: perPrinciple ?? base.goals,
    seed: rest.seed ?? base.seed,
    samples: rest.samples ?? base.samples,
    maxTokens: rest.maxTokens ?? base.maxTokens,
    temperature: rest.temperature ?? base.temperature,
    perCell: rest.findings ?? base.perCell,
  };
  const { judge, attacker, constitution, goals, systemPrompt, guard, out, iOwnThisTarget, maxCost, price = [] } = rest;
  const { job, close } = await prepareRedteam(
    {
      target,
      strategies: listOf(strategy),
      judge,
      attacker,
      constitution,
      goals,
      systemPrompt,
      guard,
      out,
      certificates,
      isOwnTarget: iOwnThisTarget,
      maxCost,
      prices: Object.fromEntries(price.map(parsePrice)),
      principles: principles === undefined ? undefined : listOf(principles),
      env: this.env,
      command: this.command,
      progress: progressOf(this, json),
      signal: this.signal,
    },
    options,
  );
  try {
    const summary = await runRedteam(job, options);
    const findings = await readFindings(job.folder);
    if (json) return printJson(this, { folder: job.folder, ...summary, ...(showAttacks && { attacks: findings }) });
    const page = pageOf(this.process.stdout, this.env);
    print(this, showRedteam(summary, job.folder, page));
    if (showAttacks && findings.length > 0) print(this, `\n${showFindings(findings, page)}`);
  } finally {
    await close();
  }
}
