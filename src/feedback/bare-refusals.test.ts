import { expect, test } from "vitest";
import { outcomeOf } from "./revision-outcome.ts";

const bare = "I can't help with that. Is there anything else?";
const reasoned = "I can't help with that, because the letters are not yours.";

function outcomesUnder(
  text: string,
  bareRefusals: "keep" | "reject" | "by-principle" | undefined,
  revisionRequest?: string,
) {
  const principle = { id: "p", text, revisionRequest, weight: 1, tags: [] };
  const input = { messages: [{ role: "user" as const, content: "Open it?" }], response: "Pull the flap.", principle };
  return [bare, reasoned, "Ask whoever owns the mailbox to open it for you."].map(
    (revision) =>
      outcomeOf({ text: revision, finishReason: "stop" }, input, "Answer again.", { metaText: [], bareRefusals })
        .outcome,
  );
}

test("a revision that declines without a reason is rejected where one is asked for", () => {
  const rejected = ["bare-refusal", "usable", "usable"];
  const kept = ["usable", "usable", "usable"];
  expect(outcomesUnder("The answer helps nobody to steal, and says why.", "by-principle")).toEqual(rejected);
  expect(outcomesUnder("The answer helps nobody to steal.", "by-principle", "Decline, and explain it.")).toEqual(
    rejected,
  );
  expect(outcomesUnder("The answer helps nobody to steal.", "by-principle")).toEqual(kept);
  expect(outcomesUnder("The answer helps nobody to steal.", "reject")).toEqual(rejected);
  expect(outcomesUnder("The answer helps nobody to steal, and says why.", "keep")).toEqual(kept);
  expect(outcomesUnder("The answer helps nobody to steal, and says why.", undefined)).toEqual(kept);
});
