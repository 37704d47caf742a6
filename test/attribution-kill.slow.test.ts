import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRun } from "../src/project/attribution/run.test-support.ts";

const program = new URL("../bin/precept.js", import.meta.url).pathname;

/** Asks for an answer's examples; ended by SIGKILL as soon as the progress says that it is at the place. */
async function attribute(run: string, place?: RegExp): Promise<string | number | null> {
  const args = [program, "attribute", run, "--prompt", "say green two", "--answer", "yes two green ."];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, CI: "1" },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (place?.test(said)) child.kill("SIGKILL");
  });
  const [code, killed] = await once(child, "exit");
  if (killed === null && code !== 0) throw new Error(`precept attribute ended with ${code}: ${said}`);
  return killed ?? code;
}

const made = ["index.json", "examples.jsonl", "tracin.bf16", "ekfac.bf16", "representations.f32", "readings.f32"];
const bytes = (run: string) =>
  made.map((name) => [name, readFileSync(join(run, "attribution", "sl-cai", name)).toString("hex")]);

test("killed while its index is made, the same command ends with the same bytes", async () => {
  const [whole, broken] = [await makeRun(), await makeRun()];
  expect(await attribute(whole)).toBe(0);
  for (const place of [/curvature of the loss/, /gradients of the training examples/])
    expect(await attribute(broken, place), String(place)).toBe("SIGKILL");
  expect(await attribute(broken)).toBe(0);
  expect(bytes(broken)).toEqual(bytes(whole));
}, 300_000);
