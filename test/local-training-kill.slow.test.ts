import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashText } from "../src/storage/index.ts";
import { writeChatModel } from "./support/chat-model.ts";
import { type ModelServer, startModelServer } from "./support/model-server/server.ts";

const program = new URL("../bin/precept.js", import.meta.url).pathname;
let server: ModelServer;
let folder: string;
beforeAll(async () => {
  server = await startModelServer();
  folder = mkdtempSync(join(tmpdir(), "precept-local-kill-"));
  await writeChatModel(join(folder, "model"));
  const prompts = Array.from({ length: 40 }, (_, i) => JSON.stringify({ id: `p${i}`, prompt: `Open door ${i}?` }));
  writeFileSync(join(folder, "red.jsonl"), prompts.join("\n"));
  writeFileSync(join(folder, "constitution.yaml"), "name: t\nprinciples:\n  - id: calm\n    text: Be calm.\n");
  writeFileSync(
    join(folder, "precept.config.yaml"),
    `constitution: constitution.yaml
models: { initial: "local:model", reviser: "${server.url}", feedback: "${server.url}" }
prompts: { redTeam: red.jsonl }
rounds: 1
chainOfThought: false
whenUseless: continue
sampling: { responseTokens: 160, critiqueTokens: 16 }
training: { slCai: { epochs: 8, stateEvery: 1 }, dpo: { stateEvery: 1 } }
`,
  );
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs to the end, or until a line of its progress says that it is there, where it is ended by `signal`. */
async function runUntil(out: string, place?: RegExp, signal: NodeJS.Signals = "SIGKILL"): Promise<string | number> {
  const args = [program, "run", "--no-cache", "--out", join(folder, out)];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, CI: "1" },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (place?.test(said)) child.kill(signal);
  });
  const [code, killed] = await once(child, "exit");
  if (killed === null && code !== 0 && code !== 130) throw new Error(`precept run ended with ${code}: ${said}`);
  return killed ?? code;
}

const made = [
  "sl-cai/records.jsonl",
  "sl-cai/checkpoint/adapter_model.safetensors",
  "ai-feedback/records.jsonl",
  "dpo/checkpoint/adapter_model.safetensors",
  "evaluate/records.jsonl",
  "datasets/trl/sft.jsonl",
  "datasets/trl/preferences.jsonl",
];
const hashes = (run: string) => made.map((file) => [file, hashText(readFileSync(join(folder, run, file), "latin1"))]);

test("killed in every stage of a run that trains, then continued: the same records and the same weights", async () => {
  expect(await runUntil("whole")).toBe(0);
  const places = [
    /critique and revision: \d+\/40/,
    /fine-tuning: \d+\/\d+ steps/,
    /two answers per prompt: \d+\/40/,
    /preference training: \d+\/\d+ steps/,
    /evaluate +sl-cai: 40/,
  ];
  for (const place of places) expect(await runUntil("broken", place), String(place)).toBe("SIGKILL");
  // Ctrl-C while the last checkpoint is measured ends it as a person expects.
  expect(await runUntil("broken", /evaluate +dpo: 40/, "SIGINT")).toBe(130);
  expect(await runUntil("broken")).toBe(0);
  expect(hashes("broken")).toEqual(hashes("whole"));
}, 1_200_000);
