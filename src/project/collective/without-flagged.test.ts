import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { readDrafted } from "../../collective/drafting/index.ts";
import { readTown } from "../../collective/site/index.ts";
import type { SiteEvent } from "../../collective/store/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { at, drafter, openTown, writeLog } from "./conversation.test-support.ts";
import { draftConversation } from "./draft-conversation.ts";
import { ratifyConversation } from "./ratify-conversation.ts";
import { reportConversation } from "./report-conversation.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-flagged-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const draft = (leavesOutFlagged: boolean) =>
  draftConversation({
    ...{ place: { folder }, model: drafter, asksRequests: false, env: {}, command: "test", leavesOutFlagged },
    progress: silentProgress,
    signal: new AbortController().signal,
  });

test("what was drafted without flagged voters is ratified and reported without them", async () => {
  await openTown(folder, 20);
  await writeLog(folder, [{ kind: "phase", at, phase: "closed" }]);
  // Ballot-stuffers who reject everything keep all from agreeing.
  expect((await draft(false)).drafted.principles).toEqual([]);
  expect((await readTown({ folder })).opinion).toMatchObject({
    flagged: { people: 20, isLeftOut: false },
    published: { people: 80 },
  });

  const { drafted, flagged } = await draft(true);
  expect([drafted.principles.length, flagged, drafted.participants]).toEqual([2, 20, 60]);
  const { opinion, drafted: stored } = await readTown({ folder });
  expect(stored).toEqual(await readDrafted(folder));
  // The same people, votes and groups as the principles were drafted of.
  expect(opinion).toEqual(drafted.opinion);
  expect(opinion).toMatchObject({ flagged: { people: 20, isLeftOut: true }, published: { people: 60 } });

  await writeLog(folder, [
    { kind: "phase", at, phase: "ratification" },
    ...Array.from({ length: 60 }, (_, person) =>
      drafted.principles.map(
        ({ id }): SiteEvent => ({
          ...{ kind: "ratification", at, participant: `person-${person}`, principle: id },
          vote: person < 30 ? "agree" : "disagree",
        }),
      ),
    ).flat(),
  ]);
  await expect(ratifyConversation({ place: { folder } })).rejects.toMatchObject({ code: "not-enough-evidence" });
  await writeLog(folder, [
    ...drafted.principles.flatMap(({ id }) =>
      [30, 31, 32, 33, 34, 35, 36].map(
        (person): SiteEvent => ({
          ...{ kind: "ratification", at, participant: `person-${person}`, principle: id, vote: "agree" },
        }),
      ),
    ),
  ]);
  const { provenance } = await ratifyConversation({ place: { folder } });
  // Each of the two groups by itself, as the draft counts them.
  const agreed = provenance.ratification?.principles.map(({ groupCounts }) => groupCounts.map(({ agree }) => agree));
  expect(agreed?.map((one) => one.sort((a, b) => a - b))).toEqual([
    [7, 30],
    [7, 30],
  ]);
  await reportConversation({ place: { folder } });
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("the votes of 20 flagged voters");
});
