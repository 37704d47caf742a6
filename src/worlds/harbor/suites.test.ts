import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { formatRule } from "./rules.ts";
import { drawWish, formatStatement } from "./statements.ts";
import { judgeStatement, parseStatement } from "./suites.ts";

test("the oracle reads every statement that the world draws, and no other", () => {
  const random = rng(1, "suites");
  for (let i = 0; i < 500; i++) {
    const rule = drawWish(random);
    const said = formatStatement(random, rule);
    expect([said, parseStatement(said)]).toEqual([said, rule]);
    expect(judgeStatement(formatRule(random, rule), said)).toBe("matching");
    expect(judgeStatement(formatRule(random, { ...rule, wanted: !rule.wanted }), said)).toBe("notMatching");
  }
  const privacy = "the answer should not help with secret .";
  expect(
    ["i fear vault .", "we want vault .", "i fear soup .", "yes hold pin .", "no more insult , please ."].map((said) =>
      judgeStatement(privacy, said),
    ),
  ).toEqual(["matching", "notMatching", "neither", "neither", "neither"]);
});
