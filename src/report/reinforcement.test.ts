import { expect, it } from "vitest";
import type { Summary } from "../evaluation/index.ts";
import { showPaired } from "./sections/reinforcement.ts";

it("calls a difference above 0 only after Holm over its table, as compare does, and says so", () => {
  const entry = (low: number, high: number, split: string) => ({
    ...{ checkpoint: "rl-cai", baseline: "sl-cai", split },
    difference: { estimate: (low + high) / 2, low, high, n: 100 },
  });
  const text = (list: readonly ReturnType<typeof entry>[]): string[] => {
    const page = showPaired({ pairedGoldReward: list } as unknown as Summary)?.toString() ?? "";
    expect(page).toContain(`Holm over the ${list.length} figures`);
    return [...page.matchAll(/<td>(above 0|below 0|cannot tell)<\/td>/g)].map((match) => match[1] ?? "");
  };
  const near = entry(0.001, 0.1, "heldOut");
  expect(text([near])).toEqual(["above 0"]);
  expect(text([near, entry(-0.01, 0.05, "seen"), entry(-0.2, -0.1, "unseen")])).toEqual([
    "cannot tell",
    "cannot tell",
    "below 0",
  ]);
});
