import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { readConversation, readTown } from "../../collective/site/index.ts";
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

test("principles are chosen without flagged voters, and everybody's votes are shown, ratified and reported", async () => {
  await openTown(folder, 20);
  await writeLog(folder, [{ kind: "phase", at, phase: "closed" }]);
  // Ballot-stuffers who reject everything keep all from agreeing.
  expect((await draft(false)).drafted.principles).toEqual([]);
  const { opinion } = await readTown({ folder });
  expect(opinion).toMatchObject({ flagged: { people: 20, isLeftOut: false }, published: { people: 80 } });

  const { drafted, flagged } = await draft(true);
  expect([drafted.principles.length, flagged, drafted.participants, drafted.withoutFlagged]).toEqual([2, 20, 80, true]);
  // All that is shown is what the site shows: nothing can be had by subtracting one from the other.
  expect(drafted.opinion).toEqual(opinion);
  expect((await readTown({ folder })).opinion).toEqual(opinion);
  const stored = drafted.principles.flatMap(({ statements }) => statements.map(({ counts }) => counts));
  expect(stored).toEqual([
    { agree: 60, pass: 0, disagree: 20 },
    { agree: 60, pass: 0, disagree: 20 },
  ]);

  const second = (people: readonly number[], vote: "agree" | "disagree"): SiteEvent[] =>
    people.flatMap((person) =>
      drafted.principles.map(
        ({ id }): SiteEvent => ({ kind: "ratification", at, participant: `person-${person}`, principle: id, vote }),
      ),
    );
  const everybody = Array.from({ length: 60 }, (_, person) => person);
  await writeLog(folder, [
    { kind: "phase", at, phase: "ratification" },
    ...second(everybody.slice(0, 30), "agree"),
    ...second(everybody.slice(30), "disagree"),
  ]);
  await expect(ratifyConversation({ place: { folder } })).rejects.toMatchObject({ code: "not-enough-evidence" });
  await writeLog(folder, second(everybody.slice(30, 37), "agree"));
  const { provenance } = await ratifyConversation({ place: { folder } });
  // Each of the two groups by itself.
  const agreed = provenance.ratification?.principles.map(({ groupCounts }) =>
    groupCounts.map((counts) => counts?.agree ?? 0),
  );
  expect(agreed?.map((one) => one.filter((agree) => agree > 0).sort((a, b) => a - b))).toEqual([
    [7, 30],
    [7, 30],
  ]);
  await reportConversation({ place: { folder } });
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain(
    "20, counted; principles were chosen without them",
  );
});

test("of fewer flagged voters than a cell holds, nothing is told: a draft without them is refused", async () => {
  await openTown(folder, 4);
  await expect(draft(true)).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("fewer than 5") });
  const { drafted, flagged } = await draft(false);
  expect(flagged).toBe(4);
  expect(drafted.opinion?.flagged).toEqual({ people: null, isLeftOut: false });
  const { opinion } = await readTown({ folder });
  expect(opinion.flagged).toEqual({ people: null, isLeftOut: false });
  await reportConversation({ place: { folder } });
  const page = readFileSync(join(folder, "report.html"), "utf8");
  expect(page).toContain("fewer than 5, counted");
});

test("a draft whose votes leave people out is no longer shown", async () => {
  await openTown(folder, 20);
  const { drafted } = await draft(true);
  const left = {
    ...drafted,
    opinion: drafted.opinion && { ...drafted.opinion, flagged: { people: 20, isLeftOut: true } },
  };
  writeFileSync(join(folder, "draft", "drafted.json"), JSON.stringify(left));
  await expect(readTown({ folder })).rejects.toMatchObject({ code: "run-version" });
  await expect(ratifyConversation({ place: { folder } })).rejects.toMatchObject({ code: "run-version" });
});

test("while people vote, no votes are shown beyond those of the site's result; once they have, all are", async () => {
  await openTown(folder);
  const { head } = await readConversation({ folder });
  await writeLog(folder, [{ kind: "published", at, upTo: head.seq, head: head.hash, result: "0".repeat(64) }]);
  const shown = await readTown({ folder });
  const vote = { kind: "vote", at, participant: "late", vote: "disagree" } as const;
  await writeLog(folder, [
    { ...vote, statement: "s0" },
    { ...vote, statement: "s1" },
  ]);
  const after = await readTown({ folder });
  expect([after.opinion, after.head]).toEqual([shown.opinion, head]);
  expect((await draft(false)).drafted.opinion).toEqual(shown.opinion);
  await writeLog(folder, [{ kind: "phase", at, phase: "closed" }]);
  expect((await readTown({ folder })).opinion.published.people).toBe(61);
});
