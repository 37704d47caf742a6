import { parse } from "yaml";
import { PreceptError } from "../../errors.ts";
import { gateExitCode, gatesJUnit, gatesMarkdown, judgeGatesAt, parseGates } from "../../evaluation/index.ts";
import { isScalingPolicy, policyExitCode } from "../../oversight/index.ts";
import { bundlePolicy, gatePolicy, harborWorld, takeBundle } from "../../project/index.ts";
import { readText, tryJson, writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { align, pageOf } from "../layout.ts";
import { showBundle, showGatedPolicy, showTaken } from "../show-policy.ts";
import { elicitMissing } from "./gate-elicit.ts";
import { type GateRegressionsFlags, gateRegressions } from "./gate-regressions.ts";

export interface GateFileFlags extends GateRegressionsFlags {
  readonly by?: string | undefined;
  readonly decide?: "go-on" | "pause" | undefined;
  readonly reason?: string | undefined;
  readonly bundle?: string | undefined;
  readonly take?: string | undefined;
  readonly junit?: string | undefined;
  readonly summary?: string | undefined;
  readonly elicit: boolean;
  readonly fewShot?: string | undefined;
  readonly fineTune?: string | undefined;
}

const kinds = ["policy", "gates", "findings"] as const;
type Kind = (typeof kinds)[number];
const named = { policy: "a scaling policy", gates: "gates", findings: "findings of a red team" } as const;

/** What each flag belongs to. */
const ownFlags: Readonly<Record<Kind, readonly (keyof GateFileFlags)[]>> = {
  policy: ["by", "decide", "reason", "bundle", "take", "elicit", "fewShot", "fineTune"],
  gates: ["junit", "summary"],
  findings: ["judge", "constitution", "systemPrompt", "guard", "samples", "temperature", "maxTokens", "seed"],
};

/** precept gate FILE RUN: the file's schema says what is judged. */
export async function gateFile(this: CliContext, flags: GateFileFlags, file: string, run: string): Promise<void> {
  const text = await readText(file, {
    attempted: `Reading ${file}`,
    missing: "give a scaling policy, gates.yaml, or what precept redteam export --regression FILE wrote",
  });
  const kind = kindOf(file, text);
  // A suite that a policy has asked may need a judge as findings do.
  const isJudged = kind === "policy" && flags.elicit;
  for (const other of kinds.filter((one) => one !== kind)) {
    const names = ownFlags[other].filter((name) => !(isJudged && name === "judge"));
    refuseFlags(flags, names, kind, other);
  }
  if (kind === "findings") return gateRegressions.call(this, flags, file, run);
  if (kind === "gates") return gateMeasured(this, flags, { file, text, run });
  return gateByPolicy(this, flags, file, run);
}

/** @throws PreceptError input-invalid for a file that is none of the three. */
function kindOf(file: string, text: string): Kind {
  const [first = ""] = text.trimStart().split("\n", 1);
  if (first === "" || tryJson(first) !== undefined) return "findings";
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    // A file that breaks off in the middle is still known by its keys.
    value = {
      ...(/^(?:levels|measures):/mu.test(text) ? { levels: [] } : {}),
      ...(/^gates:/mu.test(text) ? { gates: [] } : {}),
    };
  }
  if (isScalingPolicy(value)) return "policy";
  if (typeof value === "object" && value !== null && "gates" in value) return "gates";
  throw new PreceptError("input-invalid", {
    attempted: `Reading ${file}`,
    found: "neither levels nor gates nor findings",
    expected: "a scaling policy (levels:), gates (gates:), or findings as JSON lines",
    remedy: "docs/oversight.md shows a policy, docs/evaluation.md gates; precept redteam export RUN --regression FILE",
  });
}

function refuseFlags(flags: GateFileFlags, names: readonly (keyof GateFileFlags)[], kind: Kind, other: Kind): void {
  const given = names.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (given === undefined) return;
  const flag = given.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
  throw new PreceptError("usage", {
    attempted: "Reading the flags",
    found: `--${flag} with ${named[kind]}`,
    expected: `--${flag} with ${named[other]} alone`,
    remedy: `leave out --${flag}`,
  });
}

async function gateMeasured(
  context: CliContext,
  { junit, summary, json }: GateFileFlags,
  { file, text, run }: { readonly file: string; readonly text: string; readonly run: string },
): Promise<void> {
  const results = await judgeGatesAt(parseGates(text, file), run, [harborWorld]);
  const markdown = gatesMarkdown(results);
  if (junit !== undefined) writeOutput(junit, gatesJUnit(results));
  if (summary !== undefined) writeOutput(summary, markdown);
  if (json) printJson(context, { gates: results });
  else print(context, align(markdown));
  context.process.exitCode = gateExitCode(results);
}

async function gateByPolicy(context: CliContext, flags: GateFileFlags, file: string, run: string): Promise<void> {
  const { bundle, take, elicit, fewShot, fineTune, judge, json } = flags;
  refuseDecisionWith(flags);
  if (elicit) await elicitMissing(context, { file, run, fewShot, fineTune, judge, isQuiet: json });
  else if (fewShot !== undefined || fineTune !== undefined) {
    throw new PreceptError("usage", {
      attempted: "Reading the flags",
      found: `--${fewShot === undefined ? "fine-tune" : "few-shot"} without --elicit`,
      expected: "--elicit, which measures what is missing",
      remedy: "--elicit with it",
    });
  }
  if (take !== undefined) {
    const taken = takeBundle(run, take);
    if (json) printJson(context, { taken });
    else print(context, showTaken(taken));
    return;
  }
  if (bundle !== undefined) {
    const made = await bundlePolicy(file, run, bundle);
    if (json) printJson(context, made);
    else print(context, showBundle(made));
    return;
  }
  const gated = await gatePolicy({ file, run, decision: decisionOf(flags) });
  if (json) {
    const { loaded, record, ...rest } = gated;
    printJson(context, { policy: { name: loaded.policy.name, hash: loaded.hash }, ...rest, record });
  } else print(context, showGatedPolicy(gated, pageOf(context.process.stdout, context.env)));
  context.process.exitCode = policyExitCode(gated.outcome);
}

/** @throws PreceptError usage: to send a bundle, to take one and to decide are three calls. */
function refuseDecisionWith({ bundle, take, by, decide, reason, elicit }: GateFileFlags): void {
  const given = Object.entries({
    bundle,
    take,
    by,
    decide,
    reason,
    elicit: elicit || undefined,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
  if (given.length < 2 || (bundle === undefined && take === undefined)) return;
  throw new PreceptError("usage", {
    attempted: "Reading the flags",
    found: given.join(" with "),
    expected: "--bundle or --take alone",
    remedy: "decide in a call of its own, before or afterwards",
  });
}

/** @throws PreceptError usage for a decision without a name, and the other way round. */
function decisionOf({ by, decide, reason }: GateFileFlags) {
  if (by !== undefined && decide !== undefined) return { by, what: decide, reason };
  if (by === undefined && decide === undefined && reason === undefined) return undefined;
  throw new PreceptError("usage", {
    attempted: "Reading the flags",
    found: decide === undefined ? "no --decide" : "no --by",
    expected: "who decides, and what",
    remedy: '--by NAME --decide pause --reason "…"',
  });
}
