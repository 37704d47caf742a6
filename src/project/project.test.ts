import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type ModelServer, startModelServer } from "../../test/support/model-server/server.ts";
import { constitution, optionsOf, runProject, writeProject } from "../../test/support/server-project.ts";
import { feedbackRecordSchema } from "../feedback/records.ts";
import { silentProgress } from "../progress/index.ts";
import { lineage, loadRecords, shapingPrinciples } from "../records/index.ts";
import { explainRecord } from "../report/why.ts";
import type { LoadedConfig } from "./config/config.ts";
import { exportRun } from "./export.ts";
import { planConfigured } from "./plan-project.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

/** What an endpoint is asked about itself, at most. */
const askedOnOpening = 12;

const project = (n: number, changes: Record<string, unknown> = {}, url = server.url): LoadedConfig =>
  writeProject(url, n, changes);

describe("a project against a server", () => {
  test("makes data that walks back to its principles, and is not made twice", async () => {
    const options = optionsOf(project(6));
    const summary = await runProject(options);
    expect(summary.slCai?.counts).toMatchObject({ redTeamPrompts: 6, helpfulPrompts: 2, revisions: 12, critiques: 12 });
    expect(summary.aiFeedback.counts["prompts"]).toBe(8);
    expect(summary.data?.exported.sft).toBe(summary.slCai?.counts["examples"]);

    const before = server.stats;
    const path = join(options.folder, "sl-cai", "records.jsonl");
    const bytes = readFileSync(path);
    const again = await runProject(options);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(again.data?.exported).toEqual(summary.data?.exported);
    expect(server.stats).toEqual(before);

    const records = await loadRecords(path, feedbackRecordSchema);
    const byId = new Map(records.map((record) => [record.id, record]));
    const rows = readFileSync(join(options.folder, "datasets", "trl", "sft.jsonl"), "utf8")
      .trim()
      .split("\n");
    const revised = rows.map((row): { id: string; round: number } => JSON.parse(row)).find(({ round }) => round === 2);
    expect(lineage(byId, revised?.id ?? "").map(({ type }) => type)).toContain("critique");
    expect(shapingPrinciples(byId, revised?.id ?? "")).toContainEqual(expect.stringMatching(/^(calm|short)$/));
    const why = await explainRecord(options.folder, revised?.id ?? "");
    expect(why.lines.map(({ label }) => label).slice(0, 3)).toEqual(["trained on", "critique", "principle"]);
    expect(why.lines.at(-1)?.label).toBe("request");
    expect(why.principles).toEqual(shapingPrinciples(byId, revised?.id ?? ""));
  });

  test("stops at a budget of calls, keeps what was answered, and continues to the same records", async () => {
    const loaded = project(6);
    const whole = await runProject(optionsOf(loaded, { folder: join(loaded.folder, "whole"), cache: false }));
    const options = optionsOf(loaded);
    await expect(runProject({ ...options, budget: { maxCalls: 25 } })).rejects.toMatchObject({
      code: "budget-reached",
      message: expect.stringContaining("--max-calls"),
    });
    const spent = JSON.parse(readFileSync(join(options.folder, "spending.json"), "utf8"));
    expect(spent.roles.initial.calls).toBeLessThanOrEqual(25);
    expect(spent.roles.initial.calls).toBeGreaterThan(10);
    const summary = await runProject(options);
    expect(summary.spent.initial?.cached).toBeGreaterThan(0);
    for (const stage of ["sl-cai", "ai-feedback"]) {
      const records = (folder: string): string =>
        readFileSync(join(loaded.folder, folder, stage, "records.jsonl"), "utf8");
      expect(records("run"), stage).toBe(records("whole"));
    }
    expect(summary.data?.exported.sft).toBe(whole.data?.exported.sft);
  });

  test("refuses a constitution that changed halfway, and goes on with the old one", async () => {
    const loaded = project(4);
    const options = optionsOf(loaded);
    await expect(runProject({ ...options, budget: { maxCalls: 12 } })).rejects.toMatchObject({
      code: "budget-reached",
    });
    writeFileSync(join(loaded.folder, "constitution.yaml"), constitution.replace("calmer", "kinder"));
    const refusal = await runProject(options).catch((error: unknown) => String(error));
    expect(refusal).toContain("the constitution has changed");
    expect(refusal).toContain("--keep-constitution");
    expect(refusal).toContain("--out");
    const summary = await runProject({ ...options, keepConstitution: true });
    expect(summary.data?.exported.sft).toBeGreaterThan(0);
    expect(readFileSync(join(options.folder, "constitution.yaml"), "utf8")).toContain("calmer");
  });

  test("refuses other settings for a run that has begun, unless it is to be done again", async () => {
    const loaded = project(2);
    await runProject(optionsOf(loaded));
    const changed = { ...loaded, config: { ...loaded.config, rounds: 1 } };
    await expect(runProject(optionsOf(changed))).rejects.toThrow("rounds 2 → 1");
    expect((await runProject(optionsOf(changed, { redo: true }))).slCai?.counts["revisions"]).toBe(2);
  });

  test("names the broken line, or counts it", async () => {
    const loaded = project(3);
    writeFileSync(join(loaded.folder, "red.jsonl"), '{"prompt":"a?"}\n{"prompt":\n{"query":"b"}\n{"prompt":"a?"}\n');
    const failure = await runProject(optionsOf(loaded)).catch((error: unknown) => String(error));
    expect(failure).toContain("red.jsonl:2");
    expect(failure).toContain("red.jsonl:3");
    expect(failure).toContain("--skip-bad");
    expect((await runProject(optionsOf(loaded, { skipBad: true }))).prompts).toEqual({
      redTeam: 1,
      helpful: 2,
      bad: 2,
      duplicates: 1,
    });
  });

  test("keeps what was refused, withheld or too long apart from labels, and counts it", async () => {
    const small = await startModelServer({ contextLength: 400 });
    onTestFinished(() => small.close());
    const loaded = project(0, { rounds: 1, chainOfThought: true }, small.url);
    const refused = "    comparisonRequest: '[refuse] Choose the calmer response.'";
    writeFileSync(
      join(loaded.folder, "constitution.yaml"),
      `${constitution.split("\n").slice(0, 4).join("\n")}\n${refused}\n`,
    );
    const prompts = ["plain?", "other?", "[filter] this?", "long ".repeat(500)];
    writeFileSync(join(loaded.folder, "red.jsonl"), prompts.map((prompt) => JSON.stringify({ prompt })).join("\n"));
    const options = optionsOf(loaded);
    const { aiFeedback, data, slCai } = await runProject(options);
    const records = await loadRecords(join(options.folder, "ai-feedback", "records.jsonl"), feedbackRecordSchema);
    const unlabelled = records.filter((record) => record.type === "no-label");
    expect(unlabelled.length).toBe(aiFeedback.counts["withoutLabel"]);
    expect([unlabelled.length, aiFeedback.counts["comparisons"]]).toEqual([4, 0]);
    expect(unlabelled.flatMap(({ unanswered }) => unanswered.map(({ missing }) => missing))).toContain("refusal");
    expect(aiFeedback.counts["incompletePairs"]).toBe(2);
    expect(data?.quality.labels.unanswered["refusal"]).toBeGreaterThan(0);
    // What was withheld is neither criticised nor revised: of four prompts two are.
    expect(slCai?.counts["critiques"]).toBe(2);
    const responses = await loadRecords(join(options.folder, "sl-cai", "records.jsonl"), feedbackRecordSchema);
    const missing = responses.flatMap((record) => (record.type === "response" ? (record.missing ?? []) : []));
    expect(missing.sort()).toEqual(["content-filter", "context-overflow"]);
  });

  test("stops where the data would teach nothing, before more is spent, unless it is told to go on", async () => {
    const loaded = project(70, { rounds: 1, batch: { prompts: 4 }, concurrency: 1, sampling: { responseTokens: 1 } });
    const asked = server.stats.received;
    await expect(runProject(optionsOf(loaded))).rejects.toMatchObject({
      code: "monitor-tripped",
      message: expect.stringMatching(/none of 64 revisions is usable: 64 cut off.*e\.g\. sl-cai.*whenUseless/s),
    });
    expect(server.stats.received - asked).toBeLessThan(70 * 3);
    // In one batch, it stops after the first round: three questions a prompt.
    const one = project(70, { rounds: 3, batch: { prompts: 70 }, sampling: { responseTokens: 1 } });
    const askedBefore = server.stats.received;
    await expect(runProject(optionsOf(one))).rejects.toMatchObject({ code: "monitor-tripped" });
    expect(server.stats.received - askedBefore).toBeLessThanOrEqual(70 * 3 + askedOnOpening);
    const onwards = { ...loaded, config: { ...loaded.config, whenUseless: "continue" as const } };
    const { data } = await runProject(optionsOf(onwards));
    expect(data?.quality.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["revisions-cut", "answers-cut"]),
    );
  });

  test("stops within a batch of comparisons that prefer nothing", async () => {
    const loaded = project(138, {
      rounds: 1,
      selection: "random",
      chainOfThought: true,
      batch: { pairs: 140 },
    });
    writeFileSync(
      join(loaded.folder, "constitution.yaml"),
      constitution.replaceAll(/^ {4}text: .*$/gm, "$&\n    comparisonRequest: '[refuse] Choose one.'"),
    );
    const options = optionsOf(loaded);
    const before = server.stats.received;
    await expect(runProject(options)).rejects.toMatchObject({
      code: "monitor-tripped",
      message: expect.stringMatching(/none of 64 comparisons prefers an answer: 64 not answered/),
    });
    // An answer, a critique and a revision of every red-team prompt, an answer to both helpful ones, then two answers to all, and the thoughts
    // of 64 of the 140 pairs in both orders.
    const asked = server.stats.received - before;
    expect(asked).toBeLessThanOrEqual(138 * 3 + 2 + 140 * 2 + 64 * 2 + askedOnOpening);
  });

  test("is not held up by one prompt that the endpoint refuses, though it comes first each time", async () => {
    const loaded = project(1, { rounds: 1, models: { initial: { model: server.url, maxConcurrency: 1 } } });
    writeFileSync(join(loaded.folder, "red.jsonl"), '{"prompt":"[invalid] first?"}\n{"prompt":"second?"}\n');
    const { slCai, aiFeedback } = await runProject(optionsOf(loaded));
    expect(slCai?.counts["critiques"]).toBe(1);
    expect(aiFeedback.counts["incompletePairs"]).toBe(1);
    // From the cache but for the refused one, which nothing then answers before.
    const again = optionsOf(loaded, { folder: join(loaded.folder, "again") });
    expect((await runProject(again)).slCai?.counts["critiques"]).toBe(1);
  });

  test("warns once of an endpoint that cuts prompts, and counts them in the summary", async () => {
    const lying = await startModelServer({ contextLength: 300, isLying: true });
    onTestFinished(() => lying.close());
    const loaded = project(3, { rounds: 1 }, lying.url);
    const long = JSON.stringify({ id: "long", prompt: "Tell me more of this, and of that. ".repeat(100) });
    writeFileSync(join(loaded.folder, "red.jsonl"), `{"id":"short","prompt":"What is it?"}\n${long}\n`);
    const messages: string[] = [];
    const progress = { ...silentProgress, message: (text: string) => void messages.push(text) };
    const options = optionsOf(loaded, { progress });
    const { data, spent } = await runProject(options);
    const said = messages.filter((text) => text.includes("seems to cut prompts"));
    expect(said).toEqual([expect.stringContaining("300 tokens, all of its context")]);
    // Its answer, its critique and its revision; the two answers compared, their two thoughts and letters.
    expect(spent.initial?.cutPrompts?.n).toBe(3);
    expect(spent.slCai?.cutPrompts?.n).toBe(2);
    expect(data?.quality.warnings.filter(({ code }) => code === "prompts-cut")).toEqual(
      ["initial", "slCai", "feedback"].map((role) => ({
        code: "prompts-cut",
        text: expect.stringContaining(`the endpoint of ${role}`),
        examples: [{ id: expect.stringContaining("long"), text: expect.stringContaining("300 tokens") }],
      })),
    );
    expect(readFileSync(join(options.folder, "datasets", "trl", "README.md"), "utf8")).toContain("seems to have cut 3");
    // A run that continues counts none of them twice.
    expect((await runProject(options)).spent.initial?.cutPrompts?.n).toBe(3);
    const again = optionsOf(loaded, { folder: join(loaded.folder, "again") });
    expect((await runProject(again)).spent.initial?.cutPrompts?.n).toBe(3);
  });

  test("exports neither keys nor paths, and every form holds its rows", async () => {
    const loaded = project(4);
    const secret = "sk-live-0123456789abcdef";
    writeFileSync(
      join(loaded.folder, "red.jsonl"),
      `${JSON.stringify({ prompt: `My key is ${secret}, I work in ${process.cwd()}. Now what?` })}\n`,
    );
    const options = optionsOf(loaded, { env: { OPENAI_API_KEY: secret } });
    await runProject(options);
    for (const target of ["trl", "openai", "together", "axolotl", "parquet"] as const) {
      const exported = await exportRun({ folder: options.folder, target, env: { OPENAI_API_KEY: secret } });
      expect(exported.sft).toBe(6);
      for (const file of exported.files) {
        const text = readFileSync(join(exported.into, file), "latin1");
        expect(text, file).not.toContain(secret);
        expect(text, file).not.toContain(process.cwd());
        expect(text, file).not.toContain(loaded.folder);
      }
    }
    const manifest = readFileSync(join(options.folder, "manifest.json"), "utf8");
    expect(manifest).not.toContain(loaded.folder);
  });

  test("names model and address in records, card and spending, without what is secret in an address", async () => {
    const secret = "hunter2hunter2";
    const loaded = project(2, { rounds: 1 }, server.url.replace("http://", `http://me:${secret}@`));
    const options = optionsOf(loaded);
    const { spent } = await runProject(options);
    const name = `openai-compatible:toy@${server.url}`;
    const { into } = await exportRun({ folder: options.folder, target: "trl", env: {} });
    const read = (path: string): string => readFileSync(join(options.folder, path), "utf8");
    for (const stage of ["sl-cai", "ai-feedback"]) {
      const records = read(join(stage, "records.jsonl")).trim().split("\n");
      for (const line of records) expect(JSON.parse(line)).toMatchObject({ model: name });
    }
    expect(Object.values(spent).map(({ model, served }) => [model, served])).toEqual(
      ["initial", "slCai", "feedback"].map(() => [name, ["toy"]]),
    );
    expect(readFileSync(join(into, "README.md"), "utf8")).toContain(`| model, feedback | \`${name}\` |`);
    const { plan } = await planConfigured({ loaded, env: {}, signal: new AbortController().signal });
    expect(plan.roles.map(({ model }) => model)).toEqual(Array(3).fill(`openai-compatible@${server.url}`));
    for (const file of ["manifest.json", "spending.json", "project.json"]) {
      if (existsSync(join(options.folder, file))) expect(read(file), file).not.toContain(secret);
    }
  });
});
