import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { preceptHere } from "./in-process.test-support.ts";

const model = new URL("../../models/harbor/checkpoint", import.meta.url).pathname;
const prompt = "<user> what is soup ? <asst>";

const precept = (args: readonly string[], options?: Parameters<typeof preceptHere>[1]) =>
  preceptHere([...args, "--threads", "1"], options);

describe("precept generate", () => {
  test("says the same for a prompt as a flag, on stdin, in a file and as JSON", async () => {
    const file = join(temporaryFolder(), "prompts.jsonl");
    writeFileSync(file, `${JSON.stringify({ id: 0, prompt })}\n\n${JSON.stringify({ id: "b", prompt, seed: 2 })}\n`);
    const flag = await precept(["generate", model, "--prompt", prompt]);
    const stdin = await precept(["generate", model], { input: `${prompt}\n` });
    const batch = await precept(["generate", model, "--file", file]);
    const json = await precept(["generate", model, "--prompt", prompt, "--json", "--logprobs"]);
    expect([flag.code, flag.stderr]).toEqual([0, ""]);
    expect(flag.stdout.split(" ").length).toBeGreaterThan(3);
    expect(stdin.stdout).toBe(flag.stdout);
    const rows = batch.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ id }) => id)).toEqual(["0", "b"]);
    expect(`${rows[0].text}\n`).toBe(flag.stdout);
    const whole = JSON.parse(json.stdout);
    expect(whole).toMatchObject({ prompt, text: rows[0].text, usage: rows[0].usage });
    expect(whole.tokens.map((token: { text: string }) => token.text).join("")).toBe(whole.text);
  });

  test.each([
    [[], "", 1, /nothing on stdin/],
    [["--prompt", " "], "", 1, /an empty --prompt/],
    [["--prompt", "a ".repeat(300)], "", 1, /300 tokens[\s\S]*at most 191/],
    [["--prompt", "a", "--chat"], "", 1, /without a chat template/],
    [["--prompt", "a", "--file", "x"], "", 2, /one of them/],
    [["--file", "-"], `{"prompt": "a"}\n{"prompt": "${"a ".repeat(200)}"}`, 1, /stdin, line 2[\s\S]*200 tokens/],
    [["--prompt", "a", "--temperature", "-1"], "", 2, /0 or more/],
  ])("%j is a clear error", async (args, input, code, message) => {
    const { code: found, stderr } = await precept(["generate", model, ...args], { input });
    expect(stderr).toMatch(message);
    expect(found).toBe(code);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe("precept serve", () => {
  test("answers until it is told to stop, and then ends well", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const args = ["serve", model, "--port", "0", "--host", "0.0.0.0", "--json"];
    const { code, stdout, stderr } = await precept(args, { signal: controller.signal });
    expect(JSON.parse(stdout)).toMatchObject({ models: ["harbor"] });
    expect(stderr).toContain("reachable from other machines");
    expect(code).toBe(0);
  });

  test("says what is wrong with an adapter", async () => {
    const { code, stderr } = await precept(["serve", model, "--adapter", "polite"]);
    expect([code, stderr.includes("NAME=FOLDER")]).toEqual([2, true]);
  });
});
