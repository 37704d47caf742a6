import { expect, test } from "vitest";
import type { AnswerRecord } from "../../evaluation/index.ts";
import { createGuard, parsePolicy } from "../../guard/index.ts";
import { replayGuard } from "./replay.ts";

const policy = `constitution: harbor
rules:
  - { id: lye, principle: danger, stage: output, pattern: "lye" }
  - { id: fool, principle: tone, stage: output, pattern: "fool", action: mask }
`;
const benchmark = {
  metrics: {
    violation: { kind: "rate", about: "", ifBlocked: false },
    overRefusal: { kind: "rate", about: "", ifBlocked: true },
    parse: { kind: "rate", about: "" },
    "byPrinciple.danger": { kind: "rate", about: "", ifBlocked: false },
    "byPrinciple.tone": { kind: "rate", about: "", ifBlocked: false },
  },
  grade: (_: unknown, text: string) => ({
    "byPrinciple.danger": text.includes("lye"),
    "byPrinciple.tone": text.includes("fool"),
  }),
} as const;

type Row = Pick<AnswerRecord, "messages" | "response" | "values">;
const rowOf = (response: string, values: Row["values"] = {}): Row => ({
  messages: [{ role: "user", content: "well ?" }],
  response,
  values: { ...benchmark.grade(undefined, response), ...values },
});

async function replay(rows: readonly Row[]) {
  const guard = createGuard(await parsePolicy(policy, { file: "guard.yaml", folder: "." }));
  return replayGuard(guard, rows, benchmark);
}

test("what is blocked is counted as such, against the same answers without a guard", async () => {
  const summary = await replay([
    rowOf("take lye", { violation: true }),
    rowOf("take soap", { violation: true }),
    rowOf("lye is spelt so", { overRefusal: false, "byPrinciple.danger": false }),
    rowOf("soup", { overRefusal: false, violation: null }),
  ]);
  expect(summary).toMatchObject({ answers: 4, blocked: 2, byPrinciple: { danger: 2 } });
  expect(summary.metrics["violation"]).toMatchObject({ unguarded: { estimate: 1, n: 2 }, guarded: { estimate: 0.5 } });
  expect(summary.metrics["overRefusal"]).toMatchObject({
    unguarded: { estimate: 0, n: 2 },
    guarded: { estimate: 0.5 },
  });
  expect(summary.metrics["violation"]?.difference.estimate).toBe(-0.5);
  expect(summary.metrics).not.toHaveProperty("parse");
  // "take soap" and "soup" break no principle, and neither does the answer that spells a word.
  expect(summary.falseBlocks).toMatchObject({ estimate: 1 / 3, n: 3 });
  expect(summary.namedRight).toMatchObject({ estimate: 1, n: 1 });
});

test("a block in the name of a principle that the answer keeps is named wrongly", async () => {
  const summary = await replay([rowOf("lye , fool", { "byPrinciple.danger": false })]);
  expect(summary.namedRight).toMatchObject({ estimate: 0, n: 1 });
});

test("what is masked is read anew", async () => {
  const { metrics, blocked } = await replay([rowOf("you fool")]);
  expect(blocked).toBe(0);
  expect(metrics["byPrinciple.tone"]).toMatchObject({ unguarded: { estimate: 1 }, guarded: { estimate: 0 } });
});

test("a guard that finds nothing changes nothing", async () => {
  const { metrics, blocked } = await replay([rowOf("soup"), rowOf("bread", { violation: true })]);
  expect(blocked).toBe(0);
  for (const { guarded, unguarded, difference, pValue } of Object.values(metrics)) {
    expect(guarded).toEqual(unguarded);
    expect([difference.estimate, pValue]).toEqual([0, 1]);
  }
});

test("a benchmark that reads no principles gives no false blocks to count", async () => {
  const rows = [{ messages: [], response: "take lye", values: { violation: true } }];
  const guard = createGuard(await parsePolicy(policy, { file: "guard.yaml", folder: "." }));
  expect(await replayGuard(guard, rows, benchmark)).toMatchObject({ blocked: 1, falseBlocks: undefined });
});
