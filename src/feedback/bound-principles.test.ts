import { describe, expect, it } from "vitest";
import { type Constitution, createConstitution } from "../constitution/index.ts";
import { type ChainOptions, critiqueRevisionChains } from "./chains.ts";
import type { FeedbackContext } from "./context.ts";
import { testConstitution, testModel, testPrompts, testTemplates } from "./scripted.test-support.ts";

const sampling = { temperature: 1, topP: 1 };
const all: ChainOptions = { rounds: 3, selection: "all", critique: true, sampling, critiqueSampling: sampling };
const random: ChainOptions = { ...all, selection: "random" };

/** A response is a list of faults; a critique finds its principle's id in it, a revision takes it out. */
function say(prompt: string): string {
  const [, kind, q = "", r = "", p = ""] = /^(\w+) Q=(\S+)(?: R=(\S+))?(?: P=(\S+))?/.exec(prompt) ?? [];
  if (kind === "respond") return q;
  if (kind === "critique") return r.split("+").includes(p) ? "so it breaks" : "so it keeps";
  return r.replace(p, "").replace(/^\+|\+$/, "") || "clean";
}

function contextOf(constitution: Constitution): FeedbackContext {
  const model = testModel({ generate: say });
  return { model, modelName: "initial", constitution, templates: testTemplates, seed: 3, stage: "sl-cai" };
}

describe("principles bound to a kind of prompt", () => {
  const base = testConstitution("danger", "tone");
  const constitution = createConstitution({
    ...base,
    principles: base.principles.map((one) => ({ ...one, appliesTo: one.id === "danger" ? "red-team" : "helpful" })),
  });
  const prompts = [...testPrompts("red-team", "danger+tone"), ...testPrompts("helpful", "tone+danger")];

  it.each([all, random])("criticise answers to it alone ($selection)", async (options) => {
    const records = await critiqueRevisionChains(prompts, contextOf(constitution), options);
    const used = records
      .filter(({ type }) => type === "critique")
      .map(({ promptId, principleId }) => [promptId, principleId]);
    const kinds = new Map(prompts.map(({ id, kind }) => [id, kind]));
    expect(used.length).toBeGreaterThan(1);
    for (const [prompt = "", principle] of used)
      expect(principle).toBe(kinds.get(prompt ?? "") === "red-team" ? "danger" : "tone");
  });

  it("leave answers of a kind without principles as they are", async () => {
    const redOnly = createConstitution({ ...constitution, principles: constitution.principles.slice(0, 1) });
    const records = await critiqueRevisionChains(prompts, contextOf(redOnly), all);
    const [red, helpful] = prompts.map(
      ({ id }) => records.filter((record) => record.type === "revision" && record.promptId === id).length,
    );
    expect([red, helpful]).toEqual([1, 0]);
  });
});
