import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { readTown } from "../../collective/site/index.ts";
import type { SiteEvent } from "../../collective/store/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { at, drafter, openTown, writeLog } from "./conversation.test-support.ts";
import { draftConversation } from "./draft-conversation.ts";
import { ratifyConversation } from "./ratify-conversation.ts";
import { reportConversation } from "./report-conversation.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-moderated-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const draft = () =>
  draftConversation({
    ...{ place: { folder }, model: drafter, asksRequests: false, env: {}, command: "test" },
    progress: silentProgress,
    signal: new AbortController().signal,
  });
const texts = ["The AI should not lie.", "The AI should be patient.", "talk about tea"];
const moderate = (statement: string, moderation: "accepted" | "waiting" | "rejected"): SiteEvent => ({
  ...{ kind: "moderation", at, statement, moderation, reason: "", note: "" },
});
/** Every file that is published of a folder. */
async function publishAll(): Promise<string> {
  const [csv, parquet] = [join(folder, "csv"), join(folder, "parquet")];
  await reportConversation({ place: { folder }, csv, parquet });
  const files = [csv, parquet].flatMap((of) => readdirSync(of).map((name) => join(of, name)));
  const written = [join(folder, "report.html"), ...files].map((file) => readFileSync(file, "latin1"));
  return [...written, JSON.stringify(await readTown({ folder }))].join("\n");
}

test("a statement sent back to wait, or turned down after it was drafted, is in nothing that is published", async () => {
  await openTown(folder);
  const { drafted } = await draft();
  expect(drafted.principles.flatMap(({ statements }) => statements.map(({ id }) => id)).sort()).toEqual(["s0", "s1"]);
  const whole = await publishAll();
  for (const text of texts) expect(whole).toContain(text);
  await writeLog(folder, [moderate("s0", "waiting"), moderate("s1", "rejected"), moderate("s2", "waiting")]);
  const after = await publishAll();
  for (const text of texts) expect(after).not.toContain(text);
  expect(after).toContain("talk about chess");
  // Nor are the principles that were made of them, and nothing is left to ratify.
  expect(after).not.toContain("lies least");
  await expect(ratifyConversation({ place: { folder }, withoutVote: true })).rejects.toMatchObject({
    ...{ code: "not-enough-evidence", message: expect.stringContaining("may be shown") },
  });
  await writeLog(folder, [moderate("s1", "accepted")]);
  await ratifyConversation({ place: { folder }, withoutVote: true });
  const provenance = readFileSync(join(folder, "provenance.json"), "utf8");
  for (const text of ["The AI should not lie.", "lies", "talk about tea"]) expect(provenance).not.toContain(text);
  expect(provenance).toContain("The AI should be patient.");
  await writeLog(folder, [moderate("s1", "rejected")]);
  // Nor is it drafted again.
  expect((await draft()).drafted.principles).toEqual([]);
});

test("where moderation comes after, what waits is shown, and becomes a principle", async () => {
  await openTown(folder, 0, { moderation: { when: "after" } });
  await writeLog(folder, [moderate("s0", "waiting")]);
  const { drafted } = await draft();
  expect(drafted.principles.map(({ text }) => text)).toContain("Choose the response that lies least.");
  expect(await publishAll()).toContain("The AI should not lie.");
});
