import { expect, test } from "vitest";
import { wilson } from "../statistics/index.ts";
import { showContrast } from "./show-contrast.ts";

const page = { width: 100, paint: (_: string, text: string) => text };
const contrast = { pairs: "west-of-n", labels: "contrastive", candidates: 8, scored: 8, pairable: 2 } as const;

test("says of each principle whether the model can express it, and warns of an R that is length", () => {
  const byPrinciple = {
    brief: { prompts: 40, base: wilson(4, 40), positive: wilson(22, 40), told: wilson(30, 40), isExpressed: true },
    formal: { prompts: 40, base: wilson(4, 40), positive: wilson(5, 40), told: wilson(21, 40), isExpressed: false },
    kind: { prompts: 12 },
  };
  const shown = showContrast({ ...contrast, byPrinciple, lengthCorrelation: -0.86 }, page);
  expect(shown).toMatch(/brief +10 \[4, 23\] 40 +55 \[40, 69\] 40 +75 \[60, 86\] 40 +yes/);
  expect(shown).toMatch(/formal .*no: its pairs are left out/);
  expect(shown).toMatch(/kind +– +– +– +nobody read it/);
  expect(shown).toContain("correlate by -0.86: it measures little but length");
  expect(showContrast({ ...contrast, byPrinciple, lengthCorrelation: 0.1 }, page)).toMatch(/by 0\.10$/);
  expect(showContrast({ ...contrast, byPrinciple: {} }, page)).not.toContain("correlate");
});
