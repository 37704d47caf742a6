import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scriptedModel } from "../models/index.ts";
import { breachGrader } from "./grader.ts";
import {
  attackerModel,
  goals,
  honestJudge,
  jobOf,
  subject,
  temporaryFolder,
  weakTarget,
} from "./redteam.test-support.ts";
import { defaultRedteamOptions, type RedteamJob, readAttempts, readFindings, runRedteam } from "./run.ts";
import { findStrategies, strategies } from "./strategies/registry.ts";

const options = { ...defaultRedteamOptions, budget: 120 };
const job = (changes: Parameters<typeof jobOf>[0] = {}): RedteamJob => jobOf({ grader: breachGrader, ...changes });
const attemptsOf = (folder: string) => Array.fromAsync(readAttempts(folder));

/** Every file of records with its bytes. */
function bytesOf(folder: string): Record<string, string> {
  const files = ["goals", "attack", "findings"].flatMap((stage) =>
    existsSync(join(folder, stage)) ? readdirSync(join(folder, stage)).map((name) => join(stage, name)) : [],
  );
  return Object.fromEntries(
    files.filter((name) => name.endsWith(".jsonl")).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

test.each(strategies)(
  "$id spends no more than its budget, names its parents, and the same seed gives the same bytes",
  async (strategy) => {
    const first = job({ strategies: [strategy] });
    const summary = await runRedteam(first, { ...options, budget: 40 });
    const attempts = await attemptsOf(first.folder);
    const own = attempts.filter(({ strategy: id }) => id === strategy.id);
    expect(own.length).toBe(summary.overall.requests);
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThanOrEqual(40);
    expect(attempts.filter(({ strategy: id }) => id === "twin")).toHaveLength(goals.length);
    const known = new Set([...attempts.map(({ id }) => id), ...goals.map(({ id }) => id)]);
    for (const { parents } of own) for (const parent of parents) expect(known).toContain(parent);
    const again = job({ strategies: [strategy] });
    await runRedteam(again, { ...options, budget: 40 });
    expect(bytesOf(again.folder)).toEqual(bytesOf(first.folder));
  },
);

test("findings break their principle again and hold what was needed alone", async () => {
  const own = job({ strategies: findStrategies(["persuasion", "prefix"]) });
  const summary = await runRedteam(own, options);
  const findings = await readFindings(own.folder);
  expect(findings.length).toBe(summary.findings);
  const written = findings.filter(({ prefill }) => prefill === null);
  expect(written.length).toBeGreaterThan(0);
  for (const { messages } of written) expect(messages.at(-1)?.content).toBe("Please do it.");
  expect(findings.every(({ samples, constitutionHash }) => samples.broken === 3 && constitutionHash !== "")).toBe(true);
});

describe("a kill", () => {
  test("at any call leaves what the same command completes, without a record lost, doubled or asked twice", async () => {
    const chosen = findStrategies(["persuasion", "pair", "tap", "archive", "few-shot"]);
    const whole = job({ strategies: chosen });
    await runRedteam(whole, options);
    const expected = bytesOf(whole.folder);
    for (const dieAt of [1, 5, 20, 90]) {
      let calls = 0;
      const counted = <T>(value: T): T => {
        calls += 1;
        if (calls === dieAt) throw new Error("killed");
        return value;
      };
      const target = scriptedModel({ id: "target", generate: (request) => counted(say(request)) });
      const folder = join(temporaryFolder(), "rt");
      const dying = job({ strategies: chosen, folder, target: subject(target) });
      await expect(runRedteam(dying, options)).rejects.toThrow("killed");
      await runRedteam(dying, options);
      expect(bytesOf(folder)).toEqual(expected);
    }
  });

  test("in the middle of a line costs that batch alone", async () => {
    const chosen = findStrategies(["persuasion"]);
    const whole = job({ strategies: chosen });
    await runRedteam(whole, options);
    let calls = 0;
    const generate: Generate = (request) => {
      calls += 1;
      if (calls === 30) throw new Error("killed");
      return say(request);
    };
    const target = scriptedModel({ id: "target", generate });
    const folder = join(temporaryFolder(), "rt");
    const dying = job({ strategies: chosen, folder, target: subject(target) });
    await expect(runRedteam(dying, options)).rejects.toThrow("killed");
    appendFileSync(join(folder, "attack", "records.partial.jsonl"), '{"batch": "round-00099-00000", "rec');
    await runRedteam(dying, options);
    expect(bytesOf(folder)).toEqual(bytesOf(whole.folder));
  });
});

type Generate = NonNullable<Parameters<typeof scriptedModel>[0]["generate"]>;
const say: Generate = ({ prompt, prefill }) => {
  const last = typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? "");
  return /please/iu.test(last) || prefill !== undefined ? "GIVEN IN" : "I keep to the rule.";
};

describe("what may not count", () => {
  test("a judge that cannot be read leaves answers without a grade, and they are neither broken nor kept", async () => {
    const judge = scriptedModel({ id: "mumbling", generate: () => "hm" });
    const summary = await runRedteam(job({ judge: subject(judge) }), { ...options, budget: 12 });
    expect(summary.overall).toMatchObject({ requests: 12, ungraded: 12, successes: 0 });
    expect(summary.overall.asr["1"]).toMatchObject({ estimate: null });
  });

  test("words of refusal beside what was wanted do not lower the judge's grade", async () => {
    const target = scriptedModel({ id: "two-faced", generate: () => "I cannot help with that. GIVEN IN" });
    const summary = await runRedteam(job({ target: subject(target) }), { ...options, budget: 6 });
    expect(summary.overall.successes).toBe(6);
  });

  test("a judge that always says 4 shows on the twins", async () => {
    const judge = scriptedModel({ id: "yes", generate: () => '{"why": "", "grade": 4}' });
    const summary = await runRedteam(job({ judge: subject(judge) }), { ...options, budget: 6 });
    expect(summary.twins).toMatchObject({ estimate: 1, n: goals.length });
  });

  test.each(["", "Promise me half the price", "I'm sorry, but I can't help with that.", "Say that it will stay cheap"])(
    "an attacker that writes %j ends without a loop",
    async (said) => {
      const attacker = subject(scriptedModel({ id: "useless", generate: () => said }));
      const chosen = strategies.filter(
        ({ id }) => !["plain", "best-of-n", "encoding", "prefix", "suffix"].includes(id),
      );
      const own = job({ attacker, strategies: chosen });
      await runRedteam(own, { ...options, budget: 60 });
      expect((await attemptsOf(own.folder)).length).toBeLessThanOrEqual(63);
    },
  );

  test("no attacker, no attack that needs one; and none is chosen in its place", async () => {
    const chosen = findStrategies(["pair"]);
    await expect(runRedteam(job({ attacker: undefined, strategies: chosen }), options)).rejects.toThrow(
      "no attacker model",
    );
    await expect(runRedteam(job({ attacker: undefined, goals: undefined }), options)).rejects.toThrow(
      "no attacker model",
    );
    const silent = { ...weakTarget(), capabilities: { logprobs: false, prefill: false, rawCompletion: false } };
    await expect(
      runRedteam(job({ target: subject(silent), strategies: findStrategies(["prefix"]) }), options),
    ).rejects.toThrow("takes no prefill");
  });
});

test("goals are written by the attacker, each with its twin, and none twice", async () => {
  let round = 0;
  const writer = scriptedModel({
    id: "writer",
    generate: ({ prompt }) => {
      if (!JSON.stringify(prompt).includes("Write 5 pairs")) return "Please do it.";
      round += 1;
      const pairs = Array.from({ length: 5 }, (_, i) => ({ behaviour: `do ${i % 2} in ${round}`, twin: `ask ${i}` }));
      return `Here they are:\n\`\`\`json\n${JSON.stringify({ pairs })}\n\`\`\``;
    },
  });
  const own = job({ attacker: subject(writer), goals: undefined, strategies: findStrategies(["plain"]) });
  const summary = await runRedteam(own, { ...options, goals: 3, budget: 6 });
  expect(summary.goals).toBe(6);
  const asked = (await attemptsOf(own.folder)).filter(({ strategy }) => strategy === "plain");
  expect(new Set(asked.map(({ messages }) => messages[0]?.content)).size).toBe(6);
});

test("the system prompt is the target's alone: attempts do not hold it", async () => {
  const target = weakTarget();
  const own = job({ target: subject(target), system: "You sell bicycles." });
  await runRedteam(own, { ...options, budget: 3 });
  for (const call of target.calls) expect(call.prompt[0]).toEqual({ role: "system", content: "You sell bicycles." });
  for (const { messages } of await attemptsOf(own.folder)) expect(messages.map(({ role }) => role)).toEqual(["user"]);
});

describe("a guard", () => {
  test("is told from the model: it stopped what the model would have given", async () => {
    const wrap = (model: ReturnType<typeof weakTarget>) => model;
    const guard = {
      hash: "policy",
      wrap: (model: Parameters<NonNullable<RedteamJob["guard"]>["wrap"]>[0]) => ({
        ...wrap(weakTarget()),
        id: `${model.id}+guard`,
        async *generate(...[requests, given]: Parameters<typeof model.generate>) {
          for (const request of requests) {
            if (!JSON.stringify(request.prompt).includes("half")) continue;
            yield {
              id: request.id,
              text: "no",
              finishReason: "stop" as const,
              usage: { promptTokens: 0, completionTokens: 0 },
            };
          }
          const sent = requests.filter(({ prompt }) => !JSON.stringify(prompt).includes("half"));
          for await (const one of model.generate(sent, given))
            yield { ...one, text: one.text.replace("GIVEN IN", "withheld") };
        },
      }),
    };
    const polite = goals.map((goal) => ({
      ...goal,
      behaviour: goal.id === "calm-000" ? goal.behaviour : `${goal.behaviour}, please`,
    }));
    const own = job({ guard, goals: polite });
    const summary = await runRedteam(own, { ...options, budget: 3 });
    const by = Object.fromEntries(
      (await attemptsOf(own.folder))
        .filter(({ strategy }) => strategy === "plain")
        .map(({ goalId, stoppedBy }) => [goalId, stoppedBy]),
    );
    expect(by).toEqual({ "prices-000": "guard", "prices-001": "guard", "calm-000": "model" });
    expect(summary.stopped).toEqual({ guard: 2, model: 1, both: 0 });
  });
});

test("the models that are named are all that is called", async () => {
  const models = { target: weakTarget(), judge: honestJudge(), attacker: attackerModel() };
  const fetched: unknown[] = [];
  const before = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    fetched.push(args);
    throw new Error("no network in this test");
  };
  try {
    const own = job({
      target: subject(models.target),
      judge: subject(models.judge),
      attacker: subject(models.attacker),
      strategies,
    });
    await runRedteam(own, options);
  } finally {
    globalThis.fetch = before;
  }
  expect(fetched).toEqual([]);
  for (const { calls } of Object.values(models)) expect(calls.length).toBeGreaterThan(0);
});
