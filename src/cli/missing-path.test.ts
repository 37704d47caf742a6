import { chdir, cwd } from "node:process";
import { Readable } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { buildApp } from "./app.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./failure.ts";
import { runCli } from "./run-cli.ts";

/** The command line in this process. */
async function precept(args: readonly string[]) {
  const err: string[] = [];
  const context: CliContext = {
    process: { stdout: { write: () => undefined }, stderr: { write: (text: string) => err.push(text) }, env: {} },
    stdin: Readable.from([]),
    env: {},
    command: args.join(" "),
    signal: new AbortController().signal,
  };
  return { code: await runCli(buildApp, args, context), stderr: err.join("") };
}

const harbor = new URL("../../models/harbor/checkpoint", import.meta.url).pathname;
const home = cwd();
afterAll(() => chdir(home));

test.each([
  "plan --config no.yaml",
  "run --config no.yaml",
  "export no --to trl",
  "report no",
  "evaluate no",
  "evaluate no --suite xstest",
  `evaluate ${harbor} --suite xstest --data no`,
  `evaluate ${harbor} --suite xstest --plan --data no`,
  "evaluate no --gate no.yaml",
  "chat no --ask hello",
  "ai-feedback no",
  "preference-model no",
  "rl-cai no",
  "sl-cai run --constitution no.yaml",
  "demo --constitution no.yaml --out run",
  "compare no.json nor.json",
  "compare no nor",
  "arena no nor",
  "calibrate --answers no.jsonl --judge ollama:m",
  "bench verify xstest --data no",
  "constitution show no.yaml",
  "constitution lint no.yaml",
  "constitution hash no.yaml",
  "constitution diff no.yaml nor.yaml",
  "constitution import no.json",
  "generate no --prompt x",
  `generate ${harbor} --file no.jsonl`,
  "serve no",
  `serve ${harbor} --adapter a=no`,
  "train sft --model no --data no.jsonl --out out",
  `train sft --model ${harbor} --data no.jsonl --out out`,
  `train dpo --model ${harbor} --data no.jsonl --out out`,
  `train grpo --model ${harbor} --data no.jsonl --reward no.ts --out out`,
  "train merge no --out out",
  "convert no --out out",
  "generate no/a.gguf --prompt no",
])("precept %s: a path that is not there is a matter of usage", async (line) => {
  chdir(temporaryFolder());
  const { code, stderr } = await precept(line.split(" "));
  expect(stderr).toMatch(/\bno(?:r)?\b/);
  expect(stderr).not.toContain("ENOENT");
  expect([code, stderr]).toEqual([exitCodes.usage, stderr]);
});
