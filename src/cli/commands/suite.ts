import { PreceptError } from "../../errors.ts";
import { labelsInWords } from "../../evaluation/index.ts";
import { defaultSuiteSettings } from "../../oversight/index.ts";
import { checkSuite, drawSpotCheck, writeSuite } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { parsePrice } from "../show-spent.ts";
import { showSuite } from "../show-suite.ts";

export interface SuiteWriteFlags {
  readonly principle?: string | undefined;
  readonly behaviour?: string | undefined;
  readonly name?: string | undefined;
  readonly count?: number | undefined;
  readonly model?: string | undefined;
  readonly checker?: string | undefined;
  readonly constitution?: string | undefined;
  readonly confidence?: number | undefined;
  readonly temperature?: number | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly maxCost?: number | undefined;
  readonly price?: readonly string[] | undefined;
  readonly json: boolean;
}

/** precept suite write. */
export async function suiteWrite(this: CliContext, flags: SuiteWriteFlags): Promise<void> {
  const base = defaultSuiteSettings;
  const { count = base.count, confidence = base.confidence, temperature, seed = base.seed } = flags;
  if (count % 2 === 1 || confidence <= 0.5) {
    throw new PreceptError("usage", {
      attempted: "Writing a suite",
      found: count % 2 === 1 ? `--count ${count}` : `--confidence ${confidence}`,
      expected: count % 2 === 1 ? "an even number: as many statements of both sides" : "more than a guess, 0.5",
    });
  }
  const { json, price = [], ...rest } = flags;
  const finished = await writeSuite(
    {
      ...rest,
      prices: Object.fromEntries(price.map(parsePrice)),
      env: this.env,
      command: this.command,
      progress: progressOf(this, json),
      signal: this.signal,
    },
    { count, confidence, temperature, seed },
  );
  if (json) printJson(this, finished);
  else print(this, showSuite(finished, pageOf(this.process.stdout, this.env)));
}

export interface SuiteCheckFlags {
  readonly items?: number | undefined;
  readonly out?: string | undefined;
  readonly labels?: string | undefined;
  readonly by?: string | undefined;
  readonly json: boolean;
}

/** precept suite check SUITE. */
export async function suiteCheck(this: CliContext, flags: SuiteCheckFlags, suite: string): Promise<void> {
  const { items, labels, by = "a person", json } = flags;
  if ((items === undefined) === (labels === undefined)) {
    throw new PreceptError("usage", {
      attempted: `Checking ${suite}`,
      found: items === undefined ? "neither --items nor --labels" : "--items and --labels",
      expected: "--items 50 first, which draws statements to label, then --labels with what a person said",
    });
  }
  if (labels !== undefined) {
    const about = await checkSuite(suite, labels, by);
    if (json) printJson(this, about);
    else print(this, `${about.name}: ${labelsInWords(about)}`);
    return;
  }
  const out = flags.out ?? suite.replace(/(?:\.jsonl)?$/u, ".spot.jsonl");
  const drawn = await drawSpotCheck(suite, items ?? 0, out);
  if (json) printJson(this, { file: out, drawn });
  else
    print(
      this,
      `${out}: ${drawn} statements; say true or false for each, then precept suite check ${suite} --labels ${out}`,
    );
}
