import { expect, test } from "vitest";
import { parsePolicy } from "../policy-file.ts";
import { changePolicy } from "./write-policy.ts";

const changes = {
  output: "runs/demo/guard-model",
  principles: [{ id: "danger", act: 0.875, pass: 0.25, evidence: "catches 98 % of 50" }],
  note: "0 of 800 harmless texts blocked",
};

test("a new policy is one that can be read, and says what its thresholds rest on", async () => {
  const text = changePolicy("constitution: harbor\nmode: block\n", "guard.yaml", changes);
  const { policy } = await parsePolicy(text, { file: "guard.yaml", folder: "." });
  expect(policy.checks.output).toBe("runs/demo/guard-model");
  expect(policy.principles).toEqual({ danger: { act: 0.875, pass: 0.25 } });
  expect(text).toContain("# catches 98 % of 50");
  expect(text).toContain("# 0 of 800 harmless texts blocked");
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

test("what is no policy is not written over", () => {
  expect(() => changePolicy("- a\n- b\n", "guard.yaml", changes)).toThrow(/guard.yaml/);
  expect(() => changePolicy("a: [", "guard.yaml", changes)).toThrow(/guard.yaml/);
});
