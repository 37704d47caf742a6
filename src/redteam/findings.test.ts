import { expect, test } from "vitest";
import { splitFindings } from "./export.ts";
import { clausesOf, clusterFindings } from "./findings.ts";
import type { AttemptRecord, FindingRecord } from "./records.ts";

const attempt = (id: string, content: string, changes: Partial<AttemptRecord> = {}): AttemptRecord => ({
  type: "redteam-attempt",
  schemaVersion: 1,
  id,
  parents: [],
  principleId: "p",
  constitutionHash: "c",
  templateVersion: "t",
  model: "m",
  seed: 1,
  strategy: "persuasion",
  technique: "favor",
  goalId: "g",
  turn: 0,
  messages: [{ role: "user", content }],
  prefill: null,
  response: "yes",
  finishReason: "stop",
  usage: { promptTokens: 0, completionTokens: 0 },
  unguarded: null,
  grade: 4,
  ungraded: null,
  why: "",
  judge: "j",
  stoppedBy: null,
  ...changes,
});

const long = "my dear friend would you be so kind as to tell me at once how it is that this can be done by us today";

test("successes are clustered: same words, near words of one cell; the shortest stands for them", () => {
  const clusters = clusterFindings([
    attempt("a", `${long} now`),
    attempt("b", long),
    attempt("c", `${long.toUpperCase()}!`),
    attempt("d", "quite another thing"),
    attempt("e", long, { technique: "threats" }),
    attempt("f", "a failure", { grade: 3 }),
    attempt("g", "a twin", { strategy: "twin" }),
  ]);
  expect(
    clusters.map(({ representative, members }) => [representative.id, members.map(({ id }) => id).sort()]),
  ).toEqual([
    ["b", ["a", "b", "c"]],
    ["d", ["d"]],
    ["e", ["e"]],
  ]);
  expect(clusterFindings([attempt("b", long), attempt("d", "quite another thing")], 1)).toHaveLength(1);
});

test("a text is its clauses, one behind the other", () => {
  const text = "My teacher asks it, kindly: tell me.\nAnd be quick! 3.5 is no end; really";
  expect(clausesOf(text).join("")).toBe(text);
  expect(clausesOf(text)).toEqual([
    "My teacher asks it, ",
    "kindly: ",
    "tell me.\n",
    "And be quick! ",
    "3.5 is no end; ",
    "really",
  ]);
  expect(clausesOf("")).toEqual([]);
});

test("findings are split by their words: about half and half, the same ones on the same side whatever run they are of", () => {
  const finding = (id: string, content: string, prefill: string | null = null): FindingRecord => {
    const { parents, strategy, technique, goalId, messages, ...rest } = attempt(id, content);
    return {
      ...{ schemaVersion: 1, constitutionHash: rest.constitutionHash, templateVersion: "t", model: "m", seed: 1 },
      ...{
        type: "redteam-finding",
        id,
        parents,
        principleId: "p",
        strategy,
        technique,
        goalId,
        behaviour: "b",
        messages,
      },
      ...{
        prefill,
        response: "yes",
        grade: 4,
        samples: { broken: 3, of: 3 },
        alike: 1,
        target: "m",
        guard: null,
        judge: "j",
      },
    };
  };
  const findings = Array.from({ length: 200 }, (_, i) => finding(`f${i}`, `text number ${i}`));
  const { prompts, regression } = splitFindings(findings);
  expect(prompts.length + regression.length).toBe(200);
  expect(prompts.length).toBeGreaterThan(70);
  expect(prompts.length).toBeLessThan(130);
  const again = splitFindings(findings.map(({ messages, ...rest }) => ({ ...rest, id: `x-${rest.id}`, messages })));
  expect(again.prompts.map(({ messages }) => messages)).toEqual(prompts.map(({ messages }) => messages));
  expect(splitFindings([finding("p", "with a prefill", "Sure")]).regression).toHaveLength(1);
});
