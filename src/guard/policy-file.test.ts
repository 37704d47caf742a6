import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { guardOf } from "./fake-upstream.test-support.ts";
import { PolicyInvalid, policySchema } from "./index.ts";
import { policyJsonSchema } from "./policy.ts";
import { policySchemaPath } from "./write-schema.ts";

const fine = `rules: [{ id: words, principle: privacy, pattern: "a b" }]\n`;

/** Line, column and words of each fault; the first line is that of the constitution. */
async function faultsOf(policy: string): Promise<string[]> {
  const error = await guardOf(policy).catch((thrown: unknown) => thrown);
  if (!(error instanceof PolicyInvalid)) throw error;
  return error.issues.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

test.each([
  [
    "rules: [{ id: words, principle: privvacy, pattern: a }]",
    "2:22 the constitution constitution has no principle privvacy; did you mean privacy?",
  ],
  [`constitutionHash: sha256:${"0".repeat(64)}\n${fine}`, /^2:1 the constitution constitution has the hash sha256:/],
  ['rules: [{ id: words, principle: privacy, pattern: "a.*b" }]', /^2:42 a repetition without a bound.*character 3/],
  ['rules: [{ id: words, principle: privacy, pattern: "(a" }]', "2:42 missing closing ): `(a`"],
  ['rules: [{ id: words, principle: privacy, pattern: "(?=a)b" }]', /^2:42 invalid or unsupported Perl syntax/],
  ['rules: [{ id: words, principle: privacy, pattern: "(a{1,900}){1,900}" }]', /^2:42 /],
  ['rules: [{ id: words, principle: privacy, pattern: "a?" }]', "2:42 it matches the empty text"],
  [`principles: { privacy: { pass: 0.7, act: 0.6 } }\n${fine}`, "2:26 pass 0.7 is above act 0.6"],
  [
    "rules:\n  - { id: a, principle: privacy, pattern: x }\n  - { id: a, principle: privacy, pattern: y }",
    "4:7 rule 1 has the id a too",
  ],
  ["rules: []", /^2:1 nothing is checked/],
  [`mode: revise\n${fine}`, /^2:1 revise needs a model/],
  [`mode: route\n${fine}`, /^2:1 route needs route.or/],
  ["rules: [{ id: a, principle: privacy, pattern: x, score: 0.3 }]", /^2:50 a score of 0.3 below act 0.5/],
  ["rules: [{ id: a, principle: privacy, kind: pii, kinds: [phone], country: XX }]", /^2:65 XX is no country/],
  [`colour: red\n${fine}`, "2:1 a key that is not known here"],
  ["mode: [", /^\d+:\d+ /],
])("%s", async (policy, expected) => {
  const [first] = await faultsOf(policy);
  if (typeof expected === "string") expect(first).toBe(expected);
  else expect(first).toMatch(expected);
});

test("all faults are told at once", async () => {
  expect(
    await faultsOf("rules:\n  - { id: a, principle: x, pattern: x }\n  - { id: b, principle: privacy, pattern: a* }"),
  ).toHaveLength(2);
});

test("a bomb of aliases and a huge file are refused, not read", async () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) =>
      `l${i}: &l${i} [${Array(9)
        .fill(i === 0 ? "x" : `*l${i - 1}`)
        .join(",")}]`,
  );
  expect((await faultsOf(levels.join("\n"))).join()).toMatch(/aliases expand to more than/);
  expect((await faultsOf(`# ${"x".repeat(1_000_001)}`)).join()).toMatch(/at most 1000000 are read/);
});

test("the hash of a policy does not depend on its layout, and does on its thresholds", async () => {
  const hash = async (policy: string): Promise<string> => (await guardOf(policy)).policyHash;
  expect(await hash(`# a remark\n${fine}`)).toBe(await hash(`mode: block\n${fine}`));
  expect(await hash(`principles: { privacy: { act: 0.9 } }\n${fine}`)).not.toBe(await hash(fine));
});

test("the published schema is up to date (node src/guard/write-schema.ts), and takes a rule without a kind", () => {
  const written = JSON.parse(readFileSync(policySchemaPath, "utf8"));
  expect(written).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  expect(Object.keys(written.properties).sort()).toEqual(Object.keys(policySchema.shape).sort());
  const [pattern] = written.properties.rules.items.anyOf;
  expect(pattern.required.sort()).toEqual(["id", "pattern", "principle"]);
});
