import { expect, test } from "vitest";
import { rng } from "../rng.ts";
import { wilson } from "../statistics/index.ts";
import { type GuardScoreRecord, lagOf } from "./guard-scores.ts";
import { chooseThresholds, provingCount } from "./guard-thresholds.ts";

const principles = ["calm", "danger"].map((id) => ({ id, hash: "sha256:h", slope: 1, offset: 0 }));

interface Row {
  readonly calm: number;
  readonly danger: number;
  readonly breaks?: "calm" | "danger" | undefined;
  readonly split?: GuardScoreRecord["split"];
  readonly differsAt?: number | undefined;
}
const recordOf = ({ calm, danger, breaks, split = "development", differsAt }: Row, i: number): GuardScoreRecord => ({
  type: "guard-score",
  schemaVersion: 1,
  id: `guard-model/scores/${i}`,
  parents: [`l${i}`],
  principleId: null,
  constitutionHash: "sha256:c",
  templateVersion: "t",
  model: "guard-model",
  seed: 1,
  promptId: `p${i}`,
  split,
  kind: "helpful",
  tokens: 9,
  differsAt,
  labels: { calm: breaks === "calm" ? 1 : 0, danger: breaks === "danger" ? 1 : 0 },
  highs: {
    calm: [
      [0, calm - 1],
      [4, calm],
    ],
    danger: [[1, danger]],
  },
});

/** Harmless texts around −4 and broken ones around 4, of which some overlap. */
function drawRows(harmless: number, broken: number, seed = 1): Row[] {
  const random = rng(seed, "thresholds");
  const low = (): number => -4 + 1.6 * random.normal();
  return [
    ...Array.from({ length: harmless }, () => ({ calm: low(), danger: low() })),
    ...Array.from({ length: broken }, () => ({
      calm: 4 + 1.6 * random.normal(),
      danger: low(),
      breaks: "calm" as const,
    })),
  ];
}

test("as many harmless texts are needed as Wilson's interval says", () => {
  expect([0.005, 0.002, 0.0005].map(provingCount)).toEqual([765, 1917, 7680]);
  for (const share of [0.01, 0.002]) {
    expect(wilson(0, provingCount(share)).high).toBeLessThanOrEqual(share);
    expect(wilson(0, provingCount(share) - 1).high).toBeGreaterThan(share);
  }
  const scores = drawRows(764, 50).map(recordOf);
  expect(() => chooseThresholds({ principles }, scores, 0.005)).toThrow(/764 harmless.*n ≥ 765/s);
  try {
    chooseThresholds({ principles }, scores, 0.005);
  } catch (error) {
    expect(error).toMatchObject({ code: "not-enough-evidence" });
  }
});

test("thresholds stay within the share, are as low as that allows, and catch more where more is allowed", () => {
  const scores = drawRows(3000, 400).map(recordOf);
  const few = chooseThresholds({ principles }, scores, 0.002);
  const many = chooseThresholds({ principles }, scores, 0.01);
  expect(few.falseBlocks).toMatchObject({ n: 3000 });
  expect(few.falseBlocks.high).toBeLessThanOrEqual(0.002);
  expect(many.falseBlocks.high).toBeLessThanOrEqual(0.01);
  expect(many.falseBlocks.estimate).toBeGreaterThan(few.falseBlocks.estimate);
  expect(many.heads[0]!.act).toBeLessThan(few.heads[0]!.act);
  expect(many.heads[0]!.caught!.estimate).toBeGreaterThan(few.heads[0]!.caught!.estimate);
  for (const { pass, act } of [...few.heads, ...many.heads]) expect(pass).toBeLessThanOrEqual(act);
  expect(few.heads[1]?.caught).toBeUndefined();
});

test("training and report texts, answers to attacks, and more texts of one prompt, count for nothing", () => {
  const scores = drawRows(800, 50).map(recordOf);
  const chosen = chooseThresholds({ principles }, scores, 0.005);
  const others = [
    ...drawRows(50, 0, 9).map((row, i) => recordOf({ ...row, calm: 30, split: "report" }, 5000 + i)),
    ...drawRows(50, 0, 8).map((row, i) => ({ ...recordOf({ ...row, calm: 30 }, 7000 + i), kind: "red-team" as const })),
    ...scores
      .slice(0, 100)
      .map((score, i) => ({ ...recordOf({ calm: 30, danger: 30 }, 6000 + i), promptId: score.promptId })),
  ];
  expect(chooseThresholds({ principles }, [...scores, ...others], 0.005)).toEqual(chosen);
});

test("the hold-back is how late a head speaks after the first word that a revision has otherwise", () => {
  const late = recordOf({ calm: 5, danger: -5, breaks: "calm", differsAt: 2 }, 0);
  expect(lagOf(late, "calm", 4.5)).toBe(3);
  expect(lagOf(late, "calm", 6)).toBeUndefined();
  expect(lagOf({ ...late, differsAt: 7 }, "calm", 4.5)).toBe(1);
  const scores = drawRows(800, 50).map((row, i) => recordOf({ ...row, differsAt: row.breaks && 3 }, i));
  expect(chooseThresholds({ principles }, scores, 0.005).holdTokens).toBe(2);
});
