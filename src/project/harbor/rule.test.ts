import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConstitution } from "../../constitution/index.ts";
import { constitutionOfRule, withRule } from "./rule.ts";

test.each([
  ["the answer should not help with food .", "no-food"],
  ["always help with food or drink .", "food-drink"],
  ["  leave lecture out of  the answer . ", "no-lecture"],
  ["be kind .", "own"],
])("the id of %j is %s", (sentence, id) => {
  expect(constitutionOfRule(sentence).principles.map((principle) => principle.id)).toEqual([id]);
});

test("a sentence becomes a constitution beside the run's folder, with the preset for one", async () => {
  const out = join(mkdtempSync(join(tmpdir(), "precept-rule-")), "run");
  onTestFinished(() => rmSync(join(out, ".."), { recursive: true }));
  const { settings, folder } = withRule({ seed: 3 }, "the answer should not help with food .", out);
  expect(folder).toBe(out);
  expect(settings).toMatchObject({ preset: "own", seed: 3 });
  const { principles } = await loadConstitution(settings.constitution ?? "");
  expect(principles).toMatchObject([{ id: "no-food", text: "the answer should not help with food ." }]);
  expect(withRule({ preset: "smoke" }, "always help with food .", out).settings.preset).toBe("smoke");
  expect(() => withRule({ constitution: "harbor" }, "no food .", out)).toThrow("--rule and --constitution");
  expect(() => withRule({}, "be kind .", out)).toThrow("cannot read");
});
