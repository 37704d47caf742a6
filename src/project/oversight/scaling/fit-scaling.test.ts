import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/cli.ts";
import { hasOversight, keepSize, readOversight } from "../../../oversight/index.ts";
import { fitScaling } from "./fit-scaling.ts";

test("a fit is seen from the sizes beside it, and from no other of their names", async () => {
  const [home, elsewhere] = [temporaryFolder(), temporaryFolder()];
  const places = ["a", "b", "c", "d"].map((name) => join(name === "d" ? elsewhere : home, name));
  for (const [index, place] of places.entries()) {
    const x = 1000 * 2 ** index;
    keepSize(place, {
      ...{ name: `size ${index}`, seed: 1, settings: "s", parameters: x, tokens: 1000, flops: 6000 * x, seconds: 1 },
      ...{ tendencies: { violation: { successes: 160 - 30 * index, n: 200 } }, controls: {} },
    });
  }
  const { kept } = await fitScaling({ places });
  expect(kept).toBe(home);
  expect(places.map(hasOversight)).toEqual([true, true, true, false]);
  expect(readOversight(join(home, "a")).scalingBeside).toHaveLength(1);
  expect(hasOversight(join(home, "d"))).toBe(false);
});
