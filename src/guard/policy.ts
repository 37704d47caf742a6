import { z } from "zod";
import { PII_KINDS } from "./rules/pii.ts";
import { STAGES, type Stage } from "./stage.ts";

/** What happens to a text that breaks a principle. "observe" changes nothing and writes it down. */
export const MODES = ["observe", "block", "revise", "route"] as const;
export type Mode = (typeof MODES)[number];

const text = z.string().min(1, "a text that is not empty");
const share = z.number().min(0).max(1);
const stages = z.union([z.enum(STAGES), z.array(z.enum(STAGES)).min(1)]);
const common = {
  id: z
    .string()
    .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, "lower-case words joined by hyphens")
    .max(64),
  principle: text,
  stage: stages.default(["output", "tool-call"]),
  score: share.default(1).describe("Below `act` of its principle a match is only a reason to ask the critic"),
  action: z.literal("mask").optional(),
  restore: z
    .boolean()
    .optional()
    .describe("Of a mask of input: its name in an answer is replaced by what it stands for"),
};
const patternRule = z.strictObject({
  ...common,
  kind: z.literal("pattern").default("pattern"),
  pattern: text,
  flags: z.literal("i").optional(),
  maxLength: z.int().min(1).max(1000).optional(),
});
const piiRule = z.strictObject({
  ...common,
  kind: z.literal("pii"),
  kinds: z.array(z.enum(PII_KINDS)).min(1),
  /** Whose phone numbers are read without "+". */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "two capital letters, such as DE")
    .optional(),
});
const secretsRule = z.strictObject({ ...common, kind: z.literal("secrets") });

const principlePolicy = z.strictObject({
  mode: z.enum(MODES).optional(),
  act: share.default(0.5),
  pass: share.default(0.1),
  input: z
    .strictObject({ act: share.default(0.5), pass: share.default(0.1) })
    .optional()
    .describe("Of what people write, where its scores are read otherwise than those of answers"),
  say: text.optional(),
});

/** guard.yaml as it is written; what it means together with its constitution is checked where it is read. */
export const policySchema = z.strictObject({
  constitution: text,
  constitutionHash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits")
    .optional(),
  mode: z.enum(MODES).default("block"),
  principles: z.record(z.string(), principlePolicy).default({}),
  rules: z.array(z.preprocess(withKind, z.discriminatedUnion("kind", [patternRule, piiRule, secretsRule]))).default([]),
  checks: z
    .strictObject({
      critic: z.strictObject({ model: text, when: z.enum(["unsure", "always"]).default("unsure") }).optional(),
      input: text.optional().describe("Folders of guard models, relative to the policy"),
      output: text.optional(),
    })
    .default({}),
  limits: z
    .strictObject({
      addedMs: z
        .int()
        .min(1)
        .optional()
        .describe("The most that the checks of one text may take: what is not read by then is for `failure` to decide"),
      criticMs: z.int().min(1).default(10_000),
      criticCallsPerMinute: z.int().min(1).default(60),
      costPerDay: z.number().min(0).optional().describe("US dollars that a critic may cost, by `prices` or the list"),
      maxCharacters: z.int().min(1).default(1_000_000),
    })
    .default({ criticMs: 10_000, criticCallsPerMinute: 60, maxCharacters: 1_000_000 }),
  prices: z
    .record(z.string(), z.strictObject({ input: z.number().min(0), output: z.number().min(0) }))
    .optional()
    .describe("US dollars per million tokens, by the name of the model"),
  failure: z
    .strictObject({
      critic: z.enum(["open", "closed"]).default("open"),
      classifier: z.enum(["open", "closed"]).default("closed"),
      unchecked: z
        .enum(["open", "closed"])
        .default("closed")
        .describe("Parts that no check can read: images, sound, files"),
    })
    .default({ critic: "open", classifier: "closed", unchecked: "closed" }),
  route: z.strictObject({ to: text.optional(), or: text }).optional(),
  sticky: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("Turns after a finding in which a conversation that the caller names is judged more strictly"),
  stream: z
    .enum(["buffer", "mend"])
    .optional()
    .describe(
      "Of streams under revise: hold them to their end (up to 4,000 characters), or deliver them and rewrite only what follows a finding",
    ),
  inputBlock: z.enum(["answer", "error"]).default("answer"),
  audit: z.strictObject({ file: text, text: z.enum(["none", "hash", "full"]).default("hash") }).optional(),
});

/** The JSON Schema of a policy's YAML, as `schemas/precept.guard.schema.json` holds it. */
export function policyJsonSchema(): unknown {
  // As people write it: a rule without a kind is a pattern.
  const rules = z.array(z.union([patternRule, piiRule, secretsRule])).default([]);
  return {
    ...z.toJSONSchema(policySchema.extend({ rules }), { target: "draft-2020-12", io: "input" }),
    title: "Precept: a guard's policy",
    description: "Written by `node src/guard/write-schema.ts` from src/guard/policy.ts.",
  };
}

function withKind(rule: unknown): unknown {
  return typeof rule === "object" && rule !== null && !("kind" in rule) ? { kind: "pattern", ...rule } : rule;
}

/** How a constitution is enforced: thresholds, modes, rules and limits. It is no text for a model and no part of the constitution's hash. */
export type Policy = z.infer<typeof policySchema>;
export type PolicyInput = z.input<typeof policySchema>;
export type PolicyRule = Policy["rules"][number];

/** The mode of a principle: its own, or that of all. */
export const modeOf = (policy: Policy, principleId: string): Mode =>
  policy.principles[principleId]?.mode ?? policy.mode;

/** The scores of a principle: below `pass` nothing, from `act` on it acts, between them the critic is asked. */
export function thresholdsOf(
  policy: Policy,
  principleId: string,
  stage?: Stage | undefined,
): { readonly pass: number; readonly act: number } {
  const own = policy.principles[principleId];
  return (stage === "input" ? own?.input : undefined) ?? own ?? { pass: 0.1, act: 0.5 };
}
