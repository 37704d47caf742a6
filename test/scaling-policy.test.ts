import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gateCases } from "../benchmarks/oversight/gate-cases.ts";
import { preceptHere } from "../src/cli/in-process.test-support.ts";
import { hashFile } from "../src/storage/index.ts";
import { adapterBase } from "../src/transformer/index.ts";
import { temporaryFolder } from "./cli.ts";

test.each(gateCases)("a scaling policy: $name", async ({ craft, code, says }) => {
  const folder = temporaryFolder();
  const [run, policy] = [join(folder, "run"), join(folder, "scaling-policy.yaml")];
  mkdirSync(run);
  const gate = () => preceptHere(["gate", policy, run]);
  await craft({ run, policy, gate });
  const { code: found, stdout, stderr } = await gate();
  expect([found, `${stdout}${stderr}`]).toEqual([code, expect.stringMatching(says)]);
});

test("an outside party goes on with a bundle that holds no evidence and what the adapter stands on, and its decision comes back once", async () => {
  const folder = temporaryFolder();
  const [run, policy, bundle] = ["run", "scaling-policy.yaml", "outside"].map((name) => join(folder, name));
  if (run === undefined || policy === undefined || bundle === undefined) throw new Error("no names");
  mkdirSync(run);
  const gate = (...more: readonly string[]) => preceptHere(["gate", policy, run, ...more]);
  await gateCases[0]?.craft({ run, policy, gate });
  expect((await gate("--bundle", bundle)).stdout).toMatch(/the checkpoint rl-cai/);
  const readme = readFileSync(join(bundle, "README.md"), "utf8");
  expect(readme).toContain("npx precept evaluate run@rl-cai --suite crafted --out run/oversight/evidence/plain");
  expect(existsSync(join(bundle, "run", "oversight", "evidence"))).toBe(false);
  const base = join(bundle, "run", "rl-cai", "base");
  expect(existsSync(join(base, "config.json"))).toBe(true);
  // On another machine the path that the adapter names is not there.
  const moved = join(folder, "moved", "checkpoint");
  cpSync(join(bundle, "run", "rl-cai"), join(folder, "moved"), { recursive: true });
  writeFileSync(join(moved, "adapter_config.json"), JSON.stringify({ base_model_name_or_path: "/nowhere/at/all" }));
  expect(adapterBase(moved)).toBe(join(folder, "moved", "base"));
  expect((await gate("--bundle", bundle)).code).toBe(2);
  expect((await gate("--bundle", join(folder, "b"), "--by", "Ada", "--decide", "pause")).code).toBe(2);
  expect(existsSync(join(folder, "b"))).toBe(false);
  const decided = ["--by", "a lab", "--decide", "pause", "--reason", "not seen enough"];
  const outside = await preceptHere(["gate", join(bundle, "scaling-policy.yaml"), join(bundle, "run"), ...decided]);
  expect(outside.code).toBe(4);
  expect(outside.stdout).toMatch(/training FLOPs 1\.00e\+12[\s\S]*a lab decided: pause/);
  expect((await gate("--take", bundle)).stdout).toMatch(/a lab decided: pause, not seen enough \(not named by/);
  expect((await gate("--take", bundle)).stdout).toBe("no further record\n");
  expect((await gate("--by", "Ada")).stderr).toContain("no --decide");
  expect((await gate("--junit", "x.xml")).stderr).toContain("--junit with a scaling policy");
});

test("gate takes gates and findings too, and says what it cannot take", async () => {
  const folder = temporaryFolder();
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const gates = write("gates.yaml", "gates: [{ metric: copies, max: 0.5 }]\n");
  const run = join(folder, "run");
  mkdirSync(run);
  await gateCases[0]?.craft({ run, policy: join(folder, "p.yaml"), gate: async () => undefined });
  const measured = join(run, "oversight", "evidence", "plain");
  const passed = await preceptHere(["gate", gates, measured]);
  expect([passed.code, passed.stdout]).toEqual([0, expect.stringContaining("1 passed")]);
  const none = await preceptHere(["gate", write("none.yaml", "name: n\n"), run]);
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("neither levels nor gates nor findings")]);
  const findings = await preceptHere(["gate", write("regression.jsonl", '{"type":"other"}\n'), run]);
  expect(findings.stderr).toContain("regression.jsonl");
  expect((await preceptHere(["gate", join(folder, "nowhere.yaml"), run])).code).toBe(2);
});

test("a record holds what the files of gates were, and the version of each suite", async () => {
  const folder = temporaryFolder();
  const [run, policy, gates] = [join(folder, "run"), join(folder, "p.yaml"), join(folder, "gates.yaml")];
  mkdirSync(run);
  await gateCases[0]?.craft({ run, policy, gate: async () => undefined });
  const text = readFileSync(policy, "utf8");
  writeFileSync(policy, text.replace("safeguards: {  }", "safeguards: { gates: [gates.yaml] }"));
  const found: unknown[] = [];
  for (const max of [0.5, 0.6]) {
    writeFileSync(gates, `gates: [{ metric: copies, max: ${max} }]\n`);
    const { record } = JSON.parse((await preceptHere(["gate", policy, run, "--json"])).stdout);
    expect(record.gates).toEqual({ "gates.yaml": `sha256:${await hashFile(gates)}` });
    expect(record.measures[0].elicitations[0].version).toBe("1");
    found.push(record.gates["gates.yaml"]);
  }
  expect(found[0]).not.toBe(found[1]);
});
