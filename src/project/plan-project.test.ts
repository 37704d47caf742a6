import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModelServer, startModelServer } from "../../test/support/model-server/server.ts";
import { optionsOf, runProject, writeProject } from "../../test/support/server-project.ts";
import { showPlan } from "../cli/show-plan.ts";
import type { LoadedConfig } from "./config/config.ts";
import { planConfigured } from "./plan-project.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

const project = (n: number, changes: Record<string, unknown> = {}): LoadedConfig =>
  writeProject(server.url, n, changes);

describe("a plan", () => {
  test("counts calls as the run makes them, and asks nothing", async () => {
    const loaded = project(6);
    const before = server.stats;
    const { plan } = await planConfigured({ loaded, env: {}, signal: new AbortController().signal });
    expect(server.stats).toEqual(before);
    const calls = Object.fromEntries(plan.roles.map((role) => [role.role, role.calls]));
    // 6 answers, 6 × 2 critiques, 6 × 2 revisions, two answers to each of 2 helpful prompts; two answers to each of 8 prompts.
    expect(calls["initial"]).toEqual({ low: 34, high: 34 });
    expect(calls["slCai"]).toEqual({ low: 16, high: 16 });
    const { spent } = await runProject(optionsOf(loaded));
    for (const { role, calls: planned, promptTokens } of plan.roles) {
      const own = spent[role];
      expect(own?.calls, role).toBeGreaterThanOrEqual(planned.low);
      expect(own?.calls, role).toBeLessThanOrEqual(planned.high);
      expect(own?.promptTokens, role).toBeLessThanOrEqual(promptTokens.high);
    }
  });

  test("has nothing to revise where training.slCai is none, and the run spends as much", async () => {
    const loaded = project(6, { training: { slCai: "none" }, rounds: undefined });
    const planned = await planConfigured({ loaded, env: {}, signal: new AbortController().signal });
    const calls = Object.fromEntries(planned.plan.roles.map((role) => [role.role, role.calls]));
    expect(calls["initial"]).toEqual({ low: 0, high: 0 });
    expect(calls["slCai"]).toEqual({ low: 16, high: 16 });
    const page = { width: 100, paint: (_: string, text: string) => text };
    expect(showPlan(planned, loaded, page)).toContain("helpful prompts, compared without a revision\n");
    const distilled = project(2, { sftSource: "context-distillation" });
    expect(showPlan(planned, distilled, page)).not.toContain("rounds");
    expect(showPlan(planned, project(2, { rounds: 1 }), page)).toContain("helpful prompts, 1 round\n");
    const { spent, slCai, data } = await runProject(optionsOf(loaded));
    expect([slCai, spent["initial"]?.calls ?? 0, spent["slCai"]?.calls]).toEqual([undefined, 0, 16]);
    expect(data?.exported.files).toEqual(["preferences.jsonl", "README.md"]);
  });

  test("counts the judge's calls where there is one", async () => {
    const judged = project(6, { models: { initial: { model: server.url, maxConcurrency: 16 }, judge: server.url } });
    const options = { loaded: judged, env: {}, signal: new AbortController().signal };
    const { plan } = await planConfigured(options);
    const planned = plan.roles.find(({ role }) => role === "judge");
    // 6 first answers and, where two rounds change them, 12 revisions.
    expect(planned?.calls).toEqual({ low: 6, high: 18 });
    expect(plan.total.calls.high).toBe(plan.roles.reduce((sum, { calls }) => sum + calls.high, 0));
    const { spent } = await runProject(optionsOf(judged));
    expect(spent.judge?.calls).toBeGreaterThanOrEqual(6);
    expect(spent.judge?.calls).toBeLessThanOrEqual(18);
    expect(spent.judge?.promptTokens).toBeGreaterThanOrEqual(planned?.promptTokens.low ?? Number.POSITIVE_INFINITY);
    expect(spent.judge?.promptTokens).toBeLessThanOrEqual(planned?.promptTokens.high ?? 0);
    const { plan: probed } = await planConfigured({ ...options, probe: true, cache: false });
    expect(probed.roles.find(({ role }) => role === "judge")?.completionTokens.high).toBeLessThan(
      planned?.completionTokens.high ?? 0,
    );
  });

  test("is narrower after a probe, and says what that took", async () => {
    const loaded = project(6);
    const options = { loaded, env: {}, signal: new AbortController().signal, cache: false as const };
    const wide = await planConfigured(options);
    const narrow = await planConfigured({ ...options, probe: true });
    const width = ({ plan }: typeof wide): number => plan.total.completionTokens.high / plan.total.completionTokens.low;
    expect(narrow.probe?.items).toBe(8);
    expect(width(narrow)).toBeLessThan(width(wide));
  });

  test("prices by the person's table first", async () => {
    const loaded = project(2, { prices: { [server.url]: { input: 1_000_000, output: 0 } } });
    const { plan, priceSources } = await planConfigured({ loaded, env: {}, signal: new AbortController().signal });
    expect(priceSources).toEqual(["config"]);
    expect(plan.total.cost?.high).toBeCloseTo(plan.total.promptTokens.high);
    const elsewhere = project(2, { models: { initial: "https://api.example.com/v1" } });
    const unknown = await planConfigured({ loaded: elsewhere, env: {}, signal: new AbortController().signal });
    expect([unknown.unpriced, unknown.plan.total.cost]).toEqual([["https://api.example.com/v1"], undefined]);
    expect(existsSync(join(loaded.folder, "run"))).toBe(false);
  });
});
