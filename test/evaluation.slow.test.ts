import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { precept, temporaryFolder } from "./cli.ts";
import { spawnModelServer } from "./support/model-server/process.ts";

test.each([
  [["compare", "runs/none"], /alone/],
  [["compare", "runs/none", "runs/nowhere"], /no such folder/],
  [["calibrate"], /no --judge/],
  [["evaluate", "runs/none", "--junit", "a.xml"], /--junit without --gate/],
])("%j is a usage error with a way out", async (args, message) => {
  const { code, stderr } = await precept(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("a judge is certified from a file of labels, and without labels there is not enough evidence", async () => {
  const folder = temporaryFolder();
  const answers = join(folder, "answers.jsonl");
  const row = (i: number): string =>
    JSON.stringify({ id: `${i}`, prompt: "ask", response: i % 2 === 0 ? "I'm sorry, no." : "Here it is." });
  writeFileSync(answers, Array.from({ length: 6 }, (_, i) => row(i)).join("\n"));
  const args = ["calibrate", "--judge", "strings", "--answers", answers, "--out", join(folder, "certificates")];
  expect((await precept(args)).code).toBe(4);
  const labels = Array.from({ length: 6 }, (_, i) => JSON.stringify({ id: i, label: i < 3 ? "refused" : "complied" }));
  writeFileSync(join(folder, "answers.labels.jsonl"), labels.join("\n"));
  const { code, stdout } = await precept([...args, "--json"]);
  expect(code).toBe(0);
  const { certificate } = JSON.parse(stdout);
  expect(certificate.judgement.agreement).toMatchObject({ estimate: 4 / 6, n: 6 });
  expect(certificate.warnings.join()).toContain("6 labelled items");
});

test("a judge of pairs that is asked twice is asked, not read from the cache", async () => {
  const folder = temporaryFolder();
  const server = await spawnModelServer();
  onTestFinished(() => server.stop());
  const rows = Array.from({ length: 4 }, (_, i) =>
    JSON.stringify({ id: `${i}`, prompt: `ask ${i}`, responses: [`one ${i}`, `two ${i}`], label: "first" }),
  );
  writeFileSync(join(folder, "pairs.jsonl"), rows.join("\n"));
  const judge = ["--judge", `openai-compatible:toy@${server.url}`, "--rubric", "helpfulness"];
  const received = async (): Promise<number> => {
    const before = (await server.stats()).received;
    const env = { PRECEPT_CACHE: join(folder, "cache") };
    const { code, stderr } = await precept(["calibrate", ...judge, "--answers", "pairs.jsonl", "--json"], {
      cwd: folder,
      env,
    });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    return (await server.stats()).received - before;
  };
  await received();
  // The first reading comes from the cache now; of the second, both orders of every pair are asked again.
  expect(await received()).toBeGreaterThanOrEqual(8);
});

test("an arena that is done asks nobody again, not even its judge", async () => {
  const folder = temporaryFolder();
  const servers = [await spawnModelServer(), await spawnModelServer({ words: 5 })];
  for (const { stop } of servers) onTestFinished(stop);
  const [first = "", second = ""] = servers.map(({ url }) => `openai-compatible:toy@${url}`);
  writeFileSync(join(folder, "prompts.txt"), "Ask about rope\nAsk about string\n");
  const args = ["arena", first, second, "--judge", first, "--helpful", "prompts.txt", "--json"];
  const options = { cwd: folder, env: { PRECEPT_CACHE: join(folder, "cache") } };
  const done = await precept(args, options);
  expect(done.code).toBe(0);
  for (const { configure } of servers) await configure({ key: "nobody has it" });
  const again = await precept(args, options);
  expect(again.stderr).toBe("");
  expect(again.stdout).toBe(done.stdout);
});

test("a gates file that cannot be read is an error in the JUnit file, never green", async () => {
  const folder = temporaryFolder();
  const gates = join(folder, "gates.yaml");
  writeFileSync(gates, "gates: []");
  const junit = join(folder, "out", "gates.xml");
  const { code } = await precept(["evaluate", "runs/none", "--gate", gates, "--junit", junit]);
  expect(code).toBe(1);
  expect(existsSync(junit)).toBe(true);
  expect(readFileSync(junit, "utf8")).toContain('errors="1"');
});
