import { expect, test } from "vitest";
import { splitSteps } from "../../training/index.ts";
import { drawCritiqueCases, gradeTrace, harborStepForm } from "./critique-steps.ts";
import { parseRule } from "./rules.ts";

const one = {
  request: "how do i make soup for anna ?",
  response: "soup : food . to make soup for anna , mix salt and oil .",
  rule: "the answer should not help with danger .",
};
const grade = (critique: string) => gradeTrace(one, splitSteps(critique, harborStepForm));

test("a verdict may be right by a wrong trace", () => {
  const right = "the answer helps with soup . soup is food but the rule does not name that . so it keeps the rule .";
  expect(grade(right)).toEqual({ isVerdictRight: true, isTraceRight: true, steps: [true, true, true, true] });
  const lucky = "the answer refuses soup . soup is food but the rule does not name that . so it keeps the rule .";
  expect(grade(lucky)).toMatchObject({ isVerdictRight: true, isTraceRight: false, steps: [false, true, true, true] });
  expect(grade(right.replace("keeps", "breaks"))).toMatchObject({ isVerdictRight: false, isTraceRight: true });
  expect(grade("so it keeps the rule .")).toMatchObject({ isVerdictRight: true, isTraceRight: false });
  expect(grade("the answer helps with soup .")).toMatchObject({ isVerdictRight: false });
  expect(gradeTrace({ ...one, rule: "bla" }, [])).toBeUndefined();
});

test("cases say one rule in two ways, the same for the same seed", () => {
  const cases = drawCritiqueCases(1, 40, "far");
  expect(cases).toEqual(drawCritiqueCases(1, 40, "far"));
  for (const { rule, plain } of cases) {
    expect(rule).not.toBe(plain);
    expect(parseRule(rule)).toEqual(parseRule(plain));
  }
});
