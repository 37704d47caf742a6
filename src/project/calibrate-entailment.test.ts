import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { promptText, scriptedModel } from "../models/index.ts";
import { silentProgress } from "../progress/index.ts";
import { makeEntailmentFacts } from "../retrieval/index.ts";
import { calibrateEntailment, findEntailmentStanding } from "./index.ts";

const facts = makeEntailmentFacts(120, 1);

/** Knows of every sentence under which quotations it is stated. */
const knowing = scriptedModel({
  id: "knowing",
  choose: ({ prompt }) => {
    const text = promptText(prompt);
    const isTrue = facts.some(
      ({ states, sentence, quotes }) =>
        states && text.includes(`Sentence: ${sentence}\n`) && quotes.every((quote) => text.includes(`- ${quote}\n`)),
    );
    return isTrue ? [9, 1] : [1, 9];
  },
});
const nodding = scriptedModel({ id: "nodding", choose: () => [9, 1] });

describe("the judge of quotations", () => {
  test("that knows is certified, and one that nods is not", async () => {
    const folder = temporaryFolder();
    const calibrate = (judge: typeof knowing) =>
      calibrateEntailment({ judge, items: facts.length, seed: 1, folder, progress: silentProgress });
    const known = await calibrate(knowing);
    expect(known.certificate.judgement.kappa).toMatchObject({ value: { estimate: 1 } });
    expect(known.certificate.calibratedOn).toMatchObject({ answers: "120 facts by template, seed 1", isByRule: true });
    expect(known.shuffled).toMatchObject({ estimate: 0, n: 40 });
    const warn = (text: string): never => expect.fail(text);
    expect(findEntailmentStanding("knowing", folder, warn)).toMatchObject({
      isCertified: true,
      standing: { state: "valid" },
    });

    const nods = await calibrate(nodding);
    expect(nods.byKind).toMatchObject({ otherwise: { estimate: 1 }, number: { estimate: 0 }, half: { estimate: 0 } });
    expect(nods.shuffled.estimate).toBe(1);
    expect(findEntailmentStanding("nodding", folder, warn)).toMatchObject({
      isCertified: false,
      standing: { state: "valid" },
    });
    expect(findEntailmentStanding("stranger", folder, warn)).toMatchObject({
      isCertified: false,
      standing: { state: "other" },
    });
  });

  test("is asked of facts half of which are stated, each kind in equal parts", () => {
    const all = makeEntailmentFacts(300);
    const count = (kind: string): number => all.filter((fact) => fact.kind === kind).length;
    expect(all.filter(({ states }) => states)).toHaveLength(150);
    expect(["otherwise", "part", "together"].map(count)).toEqual([50, 50, 50]);
    expect(["number", "negation", "subject", "addition", "half"].map(count)).toEqual([30, 30, 30, 30, 30]);
    expect(new Set(all.map(({ quotes, sentence }) => JSON.stringify([quotes, sentence]))).size).toBeGreaterThan(280);
    expect(makeEntailmentFacts(20, 2)).not.toEqual(makeEntailmentFacts(20, 1));
    expect(makeEntailmentFacts(20, 1)).toEqual(all.slice(0, 20));
  });
});
