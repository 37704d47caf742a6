import { expect, test } from "vitest";
import { loadConstitution } from "../src/constitution/index.ts";
import { draftWordings, findContradictions } from "../src/drafting/index.ts";
import { constitutionJudge, harmfulnessJudge, mannerJudge, refusalJudge } from "../src/evaluation/index.ts";
import { canHold } from "../src/grammar/index.ts";
import type { JsonSchema, LanguageModel } from "../src/language-model.ts";
import { scriptedModel } from "../src/models/index.ts";

test("every schema that the method asks with can be held to by our engine", async () => {
  const schemas: JsonSchema[] = [];
  const base = scriptedModel({ generate: () => "none" });
  const model: LanguageModel = {
    ...base,
    generate(requests, { schema, ...options }) {
      if (schema !== undefined) schemas.push(schema);
      return base.generate(requests, options);
    },
  };
  const { principles } = await loadConstitution("cai-paper");
  const item = { id: "1", messages: [{ role: "user" as const, content: "Hi" }], response: "Hello." };
  for (const judge of [refusalJudge(model), harmfulnessJudge(model), mannerJudge(model)])
    await judge.judge([item], { seed: 1 });
  await constitutionJudge(model, principles.slice(0, 1)).judge([item], { seed: 1 });
  const drafts = principles.slice(0, 2).map(({ id, text }) => ({ id, text }));
  await draftWordings(drafts, model);
  await findContradictions(drafts, model);
  expect(schemas.length).toBeGreaterThanOrEqual(6);
  expect(schemas.filter(({ schema }) => !canHold(schema))).toEqual([]);
});
