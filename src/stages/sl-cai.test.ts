import { describe, expect, it } from "vitest";
import type { RevisionRecord } from "../feedback/records.ts";
import { trainSlCai } from "./bench.test-support.ts";
import { prompts, small, useBenches } from "./method.test-support.ts";
import { methodOptions, paperMethod } from "./options.ts";
import { SlCaiTally } from "./sl-cai-counts.ts";

const { open } = useBenches();

describe("sl-cai", () => {
  it("as the paper: one random principle per round, all revisions, two helpful answers", async () => {
    const bench = await open();
    const { summary } = await trainSlCai(bench, { prompts }, methodOptions(small, { slCai: paperMethod.slCai }));
    expect(summary.counts).toMatchObject({ critiques: 24, revisions: 24, examples: 24 + 4 });
    const [job] = bench.jobs;
    expect(job).toMatchObject({ objective: "sft", initial: bench.initial });
  });

  it.each(["pass-over", "mark"] as const)(
    "counts critiques that quote what no document says: %s",
    async (unfounded) => {
      const bench = await open();
      const absent = { n: 1, quote: "never said", status: "absent", documentId: null, span: null, hint: null } as const;
      const grounds = { version: "g-1", request: async () => "Quote.", check: () => [absent] };
      const options = methodOptions(small, { slCai: { ...small.slCai, unfounded, critique: true } });
      const { counts } = (await trainSlCai({ ...bench, grounds }, { prompts }, options)).summary;
      expect(counts["critiques"]).toBeGreaterThan(0);
      expect(counts["unfoundedCritiques"]).toBe(counts["critiques"]);
      expect((counts["revisions"] ?? 0) > 0).toBe(unfounded === "mark");
    },
  );

  it("warns when no critique has a verdict", async () => {
    const bench = await open();
    const said: string[] = [];
    const progress = { ...bench.progress, message: (text: string) => said.push(text) };
    await trainSlCai(
      { ...bench, progress, templates: { ...bench.templates, finding: () => "unclear" } },
      { prompts },
      methodOptions(small),
    );
    expect(said).toEqual([expect.stringContaining("No critique states a verdict")]);
  });

  it("counts unchanged and rejected revisions, under their principle", () => {
    const outcome = (outcome: RevisionRecord["outcome"], principleId: string): RevisionRecord => ({
      ...{
        type: "revision",
        schemaVersion: 1,
        id: `${principleId}/${outcome}`,
        parents: ["r"],
        principleId,
        constitutionHash: "",
      },
      ...{
        templateVersion: "t",
        model: "initial",
        seed: 0,
        promptId: "p",
        round: 1,
        tripped: [],
        revision: "",
        outcome,
      },
      ...{ finishReason: "stop", usage: { promptTokens: 0, completionTokens: 0 } },
    });
    const tally = new SlCaiTally();
    tally.add(outcome("usable", "danger"));
    tally.add(outcome("unchanged", "danger"));
    tally.add(outcome("empty", "tone"));
    tally.add(outcome("meta-text", "tone"));
    tally.add(outcome("copy", "tone"));
    tally.add(outcome("incomplete", "danger"));
    tally.add(outcome("bare-refusal", "danger"));
    const { byPrinciple, outcomes } = tally.counts();
    expect(outcomes).toEqual({
      usable: 1,
      unchanged: 1,
      empty: 1,
      "meta-text": 1,
      copy: 1,
      incomplete: 1,
      "bare-refusal": 1,
    });
    expect(byPrinciple["danger"]).toMatchObject({ revisions: 4, unchanged: 1, rejected: 2 });
    expect(byPrinciple["tone"]).toMatchObject({ revisions: 3, unchanged: 0, rejected: 3 });
  });

  it("refuses an empty list of prompts", async () => {
    await expect(trainSlCai(await open(), { prompts: [] })).rejects.toMatchObject({ code: "input-invalid" });
  });
});
