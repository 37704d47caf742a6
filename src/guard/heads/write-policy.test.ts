import { expect, test } from "vitest";
import { thresholdsOf } from "../policy.ts";
import { parsePolicy } from "../policy-file.ts";
import { changePolicy } from "./write-policy.ts";

const changes = {
  side: "output",
  model: "runs/demo/guard-model",
  principles: [{ id: "danger", act: 0.875, pass: 0.25, evidence: "catches 98 % of 50" }],
  note: "0 of 800 harmless texts blocked",
} as const;

test("a new policy is one that can be read, and says what its thresholds rest on", async () => {
  const text = changePolicy("constitution: harbor\nmode: block\n", "guard.yaml", changes);
  const { policy } = await parsePolicy(text, { file: "guard.yaml", folder: "." });
  expect(policy.checks.output).toBe("runs/demo/guard-model");
  expect(policy.principles).toEqual({ danger: { act: 0.875, pass: 0.25 } });
  expect(text).toContain("# catches 98 % of 50");
  expect(text).toContain("# output: 0 of 800 harmless texts blocked");
});

test("what a person wrote stays, and a second tuning takes the place of the first", async () => {
  const own = `# mine
constitution: harbor
principles:
  danger: { say: "Not here.", act: 0.4 }
  calm: { mode: observe }
rules: [{ id: words, principle: calm, pattern: "a b" }] # keep
`;
  const once = changePolicy(own, "guard.yaml", { ...changes, note: "first" });
  const twice = changePolicy(once, "guard.yaml", changes);
  const { policy } = await parsePolicy(twice, { file: "guard.yaml", folder: "." });
  expect(policy.principles["danger"]).toEqual({ say: "Not here.", act: 0.875, pass: 0.25 });
  expect(policy.principles["calm"]?.mode).toBe("observe");
  expect(policy.rules).toHaveLength(1);
  for (const kept of ["# mine", "# keep", changes.note]) expect(twice).toContain(kept);
  expect(twice).not.toContain("first");
});

test("the two sides have thresholds of their own, and a second tuning of one leaves the other as it is", async () => {
  const both = changePolicy("constitution: harbor\n", "guard.yaml", changes);
  const [head] = changes.principles;
  const input = {
    side: "input",
    model: "runs/demo/guard-model-input",
    note: "2 of 900",
    principles: [{ ...head, act: 0.5 }],
  } as const;
  const text = changePolicy(changePolicy(both, "guard.yaml", input), "guard.yaml", { ...input, note: "3 of 900" });
  const { policy } = await parsePolicy(text, { file: "guard.yaml", folder: "." });
  expect(policy.checks).toMatchObject({ input: input.model, output: changes.model });
  expect(thresholdsOf(policy, "danger", "output")).toMatchObject({ act: 0.875, pass: 0.25 });
  expect(thresholdsOf(policy, "danger", "input")).toEqual({ act: 0.5, pass: 0.25 });
  for (const kept of ["# output: 0 of 800", "# input: 3 of 900"]) expect(text).toContain(kept);
  expect(text).not.toContain("2 of 900");
  const upside = text.replace("act: 0.5", "act: 0.1");
  await expect(parsePolicy(upside, { file: "guard.yaml", folder: "." })).rejects.toThrow(/pass 0.25 is above act 0.1/);
});

test("what is no policy is not written over", () => {
  expect(() => changePolicy("- a\n- b\n", "guard.yaml", changes)).toThrow(/guard.yaml/);
  expect(() => changePolicy("a: [", "guard.yaml", changes)).toThrow(/guard.yaml/);
});
