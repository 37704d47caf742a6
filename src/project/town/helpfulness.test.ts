import { expect, test } from "vitest";
import { createConstitution, loadConstitution } from "../../constitution/index.ts";
import { explainUnreadable, parseRule } from "../../worlds/harbor/index.ts";
import { HELPFULNESS_ID, withHelpfulness } from "./helpfulness.ts";

const named = ["the answer should not help with danger or cheat or secret .", "the answer should help with food ."];
const own = createConstitution({
  name: "own",
  principles: [...named, "the answer should not have insult ."].map((text, index) => ({ id: `p${index}`, text })),
});

test("help is added for whatever no principle speaks of, and for nothing else", () => {
  const trained = withHelpfulness(own);
  expect(trained.principles.slice(0, 3)).toEqual(own.principles);
  const { id, text } = trained.principles[3] ?? { id: "", text: "" };
  expect([id, explainUnreadable(text)]).toEqual([HELPFULNESS_ID, undefined]);
  expect(parseRule(text)).toEqual({
    ...{ kind: "help", wanted: true },
    categories: "drink chore game fact wear folk beast trouble hobby trip body skill power duty".split(" "),
  });
  expect(trained.hash).not.toBe(own.hash);
});

test("a constitution that speaks of everything is trained in as it is", async () => {
  const standard = await loadConstitution("harbor");
  expect(withHelpfulness(standard)).toBe(standard);
  expect(withHelpfulness(withHelpfulness(own)).principles).toHaveLength(4);
});
