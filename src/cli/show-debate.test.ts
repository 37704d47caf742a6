import { expect, test } from "vitest";
import type { HeldDebate } from "../project/index.ts";
import { showDebate } from "./show-debate.ts";

const page = { width: 80, paint: (_: string, text: string) => text };
const none = { estimate: null, low: null, high: null, n: 0, note: "no verdict" };
const speaker = { turns: 0, silent: 0, quotes: 0, verified: 0 };

test("a judge that refuses everything leaves reasons where figures would stand, and no unit after them", () => {
  const held = {
    ...{ of: "own questions", debaters: ["m"], judge: "mute", questions: 1, rounds: 1, folder: "runs/d" },
    conditions: { blind: { accuracy: none, undetermined: { refusal: 1 } } },
    ...{ consultants: null, gain: none, way: none, speakers: { right: speaker, wrong: speaker } },
  } as unknown as HeldDebate;
  const text = showDebate(held, page);
  expect(text).toMatch(/blind +– \(no verdict\) +0 +1 refusal/);
  expect(text).toMatch(/debate − consultancy {3}– \(no verdict\)\n of the way .* – \(no verdict\)\n/);
});
