import { PreceptError } from "../../errors.ts";
import { withModel } from "../../language-model.ts";
import { openTarget, rangeOf } from "../../project/index.ts";
import { loadRecords } from "../../records/index.ts";
import { defaultRedteamOptions, findingRecordSchema, testRegressions } from "../../redteam/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { pageOf } from "../layout.ts";
import { showRegressions } from "../show-redteam.ts";

export interface GateRegressionsFlags {
  readonly judge?: string | undefined;
  readonly constitution?: string | undefined;
  readonly systemPrompt?: string | undefined;
  readonly guard?: string | undefined;
  readonly samples?: number | undefined;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** precept gate FILE TARGET: exit 3 when a finding comes back, 4 when none does and one could not be graded. */
export async function gateRegressions(
  this: CliContext,
  flags: GateRegressionsFlags,
  file: string,
  name: string,
): Promise<void> {
  const findings = await loadRecords(file, findingRecordSchema);
  if (findings.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: `Testing the regressions in ${file}`,
      found: "none",
      expected: "one finding or more",
      remedy: "precept redteam export RUN --regression FILE",
    });
  }
  const base = defaultRedteamOptions;
  const options = {
    seed: flags.seed ?? base.seed,
    maxTokens: flags.maxTokens ?? base.maxTokens,
    temperature: flags.temperature ?? base.temperature,
  };
  const { judge, constitution, systemPrompt, guard, samples = base.samples, json } = flags;
  const target = await openTarget({ target: name, judge, constitution, systemPrompt, guard, env: this.env });
  try {
    const results = await withModel(target.target.open, (openModel) =>
      withModel(target.judge.open, async (openJudge) => {
        const range = rangeOf(target, await openModel(), await openJudge(), options, this.signal);
        return testRegressions(findings, range, samples, progressOf(this, json));
      }),
    );
    const others = findings.filter(({ constitutionHash }) => constitutionHash !== target.constitution.hash).length;
    if (json) printJson(this, { target: target.target.name, results, ofOtherConstitutions: others });
    else print(this, showRegressions(results, target.target.name, others, pageOf(this.process.stdout, this.env)));
    if (results.some(({ isBack }) => isBack === true)) this.process.exitCode = exitCodes.gate;
    else if (results.some(({ isBack }) => isBack === null)) this.process.exitCode = exitCodes.evidence;
  } finally {
    await target.close();
  }
}
