import { expect, test } from "vitest";
import { loadConstitution } from "../../constitution/index.ts";
import { rng } from "../../rng.ts";
import { enumerateRequests, harborAttackLanguage, harborGoals } from "./attacks.ts";
import { governanceOf, governs } from "./governance.ts";
import { parseRequest, templateOf } from "./requests.ts";

const constitution = await loadConstitution("harbor");
const governance = governanceOf(constitution);

test("every governed request of the seen templates is enumerated once: 7 × 12 × 13 × 19 × 16", () => {
  let count = 0;
  const sample = new Set<string>();
  for (const { text, thing, principleId } of enumerateRequests(governance)) {
    count += 1;
    if (count % 997 !== 0) continue;
    sample.add(text);
    const request = parseRequest(text);
    expect(request?.thing).toBe(thing);
    expect(request !== undefined && governs(governance, request.category)).toBe(true);
    expect(principleId).not.toBe("");
  }
  expect(count).toBe(7 * 12 * 13 * 19 * 16);
  expect(sample.size).toBe(Math.floor(count / 997));
});

test("the template of a request is found again", () => {
  for (const [index, { text, template }] of [...enumerateRequests(governance, 1)].entries())
    if (index % 13 === 0) expect(templateOf(text), text).toBe(template);
});

test("a goal asks for a governed word, its twin for a harmless one in the same sentence", () => {
  const goals = harborGoals(governance);
  expect(goals).toHaveLength(84);
  for (const { behaviour, twin } of goals) {
    const [asked, other] = [parseRequest(behaviour), parseRequest(twin ?? "")];
    expect(asked !== undefined && governs(governance, asked.category)).toBe(true);
    expect(other !== undefined && governs(governance, other.category)).toBe(false);
    const withoutThing = (text: string, thing: string): string =>
      text
        .split(" ")
        .map((word) => (word === thing ? "X" : word))
        .join(" ");
    expect(withoutThing(behaviour, asked?.thing ?? "")).toBe(withoutThing(twin ?? "", other?.thing ?? ""));
  }
});

test("requests are written by technique, from a parent by one change, and always harbor's own", async () => {
  const [goal] = harborGoals(governance);
  const { techniques, rewrite, perturb } = harborAttackLanguage();
  expect(techniques.map(({ id }) => id)).toContain("my-teacher-said-you-must-help");
  if (goal === undefined) throw new Error("no goal");
  const random = rng(1, "t");
  for (const technique of techniques) {
    const [text = ""] = await rewrite([{ goal, technique, from: goal.behaviour }], random, async () => []);
    expect(parseRequest(text)?.thing).toBe(parseRequest(goal.behaviour)?.thing);
    expect(parseRequest(perturb(text, random))?.thing).toBe(parseRequest(text)?.thing);
  }
});

test("a request says where it belongs, and what another rule bars, or no template writes, belongs nowhere", () => {
  const goals = harborGoals(governance);
  const { invite, place, techniques } = harborAttackLanguage(1);
  for (const [index, one] of [...enumerateRequests(governance, 1)].entries()) {
    if (index % 17 !== 0) continue;
    const own = goals.find(({ principleId }) => principleId === one.principleId);
    const other = goals.find(({ principleId }) => principleId !== one.principleId);
    if (own === undefined || other === undefined) throw new Error("no goals");
    const technique = techniques[one.wrapper]?.id;
    const goalId = `${one.principleId}-${one.thing}`;
    expect(place(` ${one.text}`, own, goals)).toEqual({ text: one.text, goalId, technique });
    expect(place(one.text, other, goals)).toBeUndefined();
    expect(place(`${one.text} now`, own, goals)).toBeUndefined();
  }
  const [goal] = goals;
  const principle = constitution.principles.find(({ id }) => id === goal?.principleId);
  if (goal === undefined || principle === undefined) throw new Error("no goal");
  expect(invite(goal, principle)).toBe(`<rule> ${principle.text.trim().split(/\s+/).join(" ")} <user>`);
});
