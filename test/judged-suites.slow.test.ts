import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AnswerRecord, BenchmarkSummary, Standing } from "../src/evaluation/index.ts";
import { precept, temporaryFolder } from "./cli.ts";
import { spawnModelServer } from "./support/model-server/process.ts";

const suites = ["pap", "strongreject", "harmlessness", "xstest", "harmbench", "jailbreakbench"] as const;
const topics = ["a lock", "a rumour", "a forged note", "a stolen boat", "[empty]", "a false alarm"];

/** Rows in the documented formats; one request of each suite gets an empty answer. */
function writeData(folder: string): void {
  const write = (path: string, lines: readonly string[]): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), `${lines.join("\n")}\n`);
  };
  const each = (row: (topic: string, i: number) => string): string[] => topics.map(row);
  const techniques = Array.from({ length: 12 }, (_, i) =>
    JSON.stringify({ ss_technique: `Technique ${i}`, ss_definition: `kind ${i}`, ss_example: `example ${i}` }),
  );
  write("persuasion_taxonomy.jsonl", techniques);
  write("requests.csv", ["goal,category", ...topics.slice(0, 3).map((topic) => `Tell about ${topic},Deception`)]);
  write("strongreject_dataset.csv", [
    "category,source,forbidden_prompt",
    ...each((topic) => `Deception,own,Do ${topic}`),
  ]);
  write(
    "red-team.prompts.jsonl",
    each((topic) => JSON.stringify({ prompt: `\n\nHuman: Say ${topic}\n\nAssistant:` })),
  );
  write("xstest_prompts.csv", [
    "id,prompt,type,label,focus",
    ...each(
      (topic, i) => `${i + 1},Ask ${topic},${i % 2 === 0 ? "homonyms,safe" : "contrast_homonyms,unsafe"},${topic}`,
    ),
  ]);
  write("data/behavior_datasets/harmbench_behaviors_text_test.csv", [
    "Behavior,FunctionalCategory,SemanticCategory,Tags,ContextString,BehaviorID",
    ...each((topic, i) => `Make ${topic},standard,illegal,,,b${i}`),
  ]);
  write("jailbreakbench-behaviors/behaviors.csv", [
    "Index,Goal,Target,Behavior,Category,Source",
    ...each((topic, i) => `${i},Write ${topic},Sure,B${i},Deception,own`),
  ]);
}

interface Printed {
  readonly folder: string;
  readonly suites: readonly BenchmarkSummary[];
  readonly judges: readonly Standing[];
  readonly spent: {
    readonly cost?: number | undefined;
    readonly roles: Readonly<Record<string, { calls: number; promptTokens: number; completionTokens: number }>>;
  };
}

test("judged suites over HTTP: target, attacker and judge are asked, and every verdict is counted or named", async () => {
  const folder = temporaryFolder();
  writeData(join(folder, "data"));
  const server = await spawnModelServer();
  onTestFinished(() => server.stop());
  const model = `openai-compatible:toy@${server.url}`;
  const options = { cwd: folder, env: { PRECEPT_CACHE: join(folder, "cache") } };
  const labelled = topics.map((topic, i) => ({
    id: `${i}`,
    prompt: `Ask ${topic}`,
    response: `No ${i}.`,
    label: "refused",
  }));
  writeFileSync(join(folder, "answers.jsonl"), labelled.map((row) => JSON.stringify(row)).join("\n"));
  expect((await precept(["calibrate", "--judge", model, "--answers", "answers.jsonl", "--json"], options)).code).toBe(
    0,
  );

  const elicited = labelled.map((row, i) => ({ ...row, label: i === 0 ? "elicited" : "not elicited" }));
  writeFileSync(join(folder, "behaviours.jsonl"), elicited.map((row) => JSON.stringify(row)).join("\n"));
  const behaviour = ["calibrate", "--judge", model, "--rubric", "behaviour", "--answers", "behaviours.jsonl", "--json"];
  expect((await precept(behaviour, options)).code).toBe(0);

  const args = ["evaluate", model, "--suite", suites.join(","), "--judge", model, "--attacker", model];
  const command = [...args, "--data", "data", "--out", "out", "--json"];
  const { code, stdout, stderr } = await precept(command, options);
  expect(stderr.split("\n").filter((line) => !line.includes("version"))).toEqual([""]);
  expect(code).toBe(0);
  expect(stdout).not.toContain("NaN");
  const printed = JSON.parse(stdout) as Printed;
  expect(printed.suites.map(({ benchmark }) => benchmark)).toEqual(suites);
  expect(printed.judges.map(({ judge, state, certificate }) => [judge.name, state, certificate?.items])).toEqual([
    ["compliance-1-5", "none", undefined],
    ["strongreject-rubric", "none", undefined],
    ["harmfulness-0-4", "none", undefined],
    ["refusal-class", "valid", 6],
    ["behaviour", "valid", 6],
  ]);

  const [subject = ""] = readdirSync(join(folder, "out"));
  const recordsOf = (suite: string): AnswerRecord[] =>
    readFileSync(join(folder, "out", subject, suite, "benchmark", "records.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line): AnswerRecord => JSON.parse(line));
  for (const suite of suites) {
    const records = recordsOf(suite);
    expect(records).toHaveLength(suite === "pap" ? 33 : 6);
    for (const { response, verdict, values } of records) {
      // An empty answer is put to no judge; a judge's prose is kept and is no verdict.
      if (response === "") expect(verdict).toMatchObject({ raw: "", reason: "empty" });
      else expect(verdict?.raw).not.toBe("");
      expect(Object.values(values).includes(null)).toBe(verdict?.reason !== undefined);
    }
  }
  const attacks = recordsOf("pap").filter(({ groups }) => groups["trial"] !== "0");
  expect(attacks.every(({ attack, messages }) => attack !== undefined && messages[0]?.content === attack)).toBe(true);
  const behaviours = recordsOf("harmbench");
  const judged = behaviours.flatMap(({ values }) => values["attackSuccess"] ?? []);
  const { attackSuccess } = printed.suites.find(({ benchmark }) => benchmark === "harmbench")?.metrics ?? {};
  expect(attackSuccess).toMatchObject({
    estimate: judged.filter(Boolean).length / judged.length,
    n: judged.length,
    undetermined: { n: 6 - judged.length },
  });

  const limited = ["evaluate", model, "--suite", "strongreject", "--judge", model, "--data", "data"];
  const spend = (dollars: string) =>
    precept([...limited, "--out", "limited", "--json", "--price", `${model}=1000,1000`, "--max-cost", dollars], {
      ...options,
      env: { PRECEPT_CACHE: join(folder, "other-cache") },
    });
  const short = await spend("0.6");
  expect(short.code).toBe(130);
  expect(short.stderr).toMatch(/the budget is reached: \$[\d.]+ of \$0.6 spent/);
  const enough = await spend("100");
  expect(enough.code).toBe(0);
  const { suites: found, spent } = JSON.parse(enough.stdout) as Printed;
  expect(found[0]?.metrics).toEqual(printed.suites.find(({ benchmark }) => benchmark === "strongreject")?.metrics);
  const { target, judge } = spent.roles;
  expect([target?.calls, judge?.calls]).toEqual([6, 5]);
  const tokens = [target, judge].reduce((sum, own) => sum + (own?.promptTokens ?? 0) + (own?.completionTokens ?? 0), 0);
  expect(spent.cost).toBeCloseTo(tokens / 1000, 8);

  const { received } = await server.stats();
  const again = await precept(command, options);
  expect((await server.stats()).received).toBe(received);
  expect((JSON.parse(again.stdout) as Printed).suites).toEqual(printed.suites);
});

test("an endpoint that cuts prompts is named once, in whatever role it is asked", async () => {
  const folder = temporaryFolder();
  const asked = ["Say this.", "Tell more of it, and of that. ".repeat(100)];
  const rows = asked.map((text) => JSON.stringify({ prompt: `\n\nHuman: ${text}\n\nAssistant:` }));
  writeFileSync(join(folder, "red-team.prompts.jsonl"), rows.join("\n"));
  const server = await spawnModelServer({ contextLength: 60, isLying: true });
  onTestFinished(() => server.stop());
  const model = `openai-compatible:toy@${server.url}`;
  const args = [
    "evaluate",
    model,
    "--suite",
    "harmlessness",
    "--judge",
    model,
    "--data",
    ".",
    "--out",
    "out",
    "--json",
  ];
  const { code, stderr } = await precept(args, { cwd: folder, env: { PRECEPT_CACHE: join(folder, "cache") } });
  expect(code).toBe(0);
  const said = stderr.split("\n").filter((line) => line.includes("seems to cut prompts"));
  expect(said).toEqual([expect.stringContaining("60 tokens, all of its context")]);
});
