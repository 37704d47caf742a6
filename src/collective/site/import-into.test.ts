import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { analyse } from "../analyse.ts";
import { importInto } from "./import-into.ts";
import { openConversation } from "./open-conversation.ts";

const votes = Array.from({ length: 60 }, (_, i) => {
  const [person, statement] = [Math.floor(i / 5), i % 5];
  return `${1500000000 + i},${statement},${person},${(person + statement) % 3 === 0 ? -1 : 1}`;
});
const statements = ["a", "b", "", "d", "e"].map((text, i) => `1500000000,${i},${i},${i === 4 ? -1 : 1},${text}`);

function writeExport(): { readonly from: string; readonly folder: string } {
  const parent = mkdtempSync(join(tmpdir(), "collective-import-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  writeFileSync(join(parent, "votes.csv"), ["timestamp,comment-id,voter-id,vote", ...votes, ""].join("\n"));
  writeFileSync(
    join(parent, "comments.csv"),
    ["timestamp,comment-id,author-id,moderated,comment-body", ...statements, ""].join("\n"),
  );
  return { from: parent, folder: join(parent, "town") };
}

test("an export becomes a log, once, from which the same analysis comes", async () => {
  const { from, folder } = writeExport();
  const heard: number[] = [];
  const once = await importInto({ folder }, from, { tell: (done, of) => heard.push(done / of) });
  expect(once).toMatchObject({ participants: 12, statements: 5, votes: 60, there: 0 });
  expect(heard.at(-1)).toBe(1);
  const again = await importInto({ folder }, from);
  expect([again.written, again.there]).toEqual([0, once.written]);
  const [direct, stored] = [await openConversation(from), await openConversation(folder)];
  expect(stored.conversation.statements.map(({ id, text, moderation }) => [id, text, moderation])).toContainEqual([
    "2",
    "(no text)",
    "accepted",
  ]);
  const options = { resamples: 3, shuffles: 9 };
  expect(analyse(stored.conversation, options)).toEqual(analyse(direct.conversation, options));
});

test("a later export of one conversation goes on where an earlier one ended; one of another is refused, and nothing written", async () => {
  const { from, folder } = writeExport();
  const { written } = await importInto({ folder }, from);
  const file = join(from, "votes.csv");
  const head = "timestamp,comment-id,voter-id,vote";
  writeFileSync(file, [head, ...votes, "1500000100,0,99,1", ""].join("\n"));
  // The vote, and the configuration, whose day may be another.
  expect(await importInto({ folder }, from)).toMatchObject({ written: 1, there: written });
  writeFileSync(file, [head, ...votes.map((line) => line.replace(/^15/, "16")), ""].join("\n"));
  const others = statements.map((line) => `${line} other`);
  writeFileSync(
    join(from, "comments.csv"),
    ["timestamp,comment-id,author-id,moderated,comment-body", ...others].join("\n"),
  );
  await expect(importInto({ folder }, from)).rejects.toThrow(/not in this export/);
  expect((await openConversation(folder)).conversation.votes).toHaveLength(61);
});

test("an import that was stopped goes on where it stopped", async () => {
  const { from, folder } = writeExport();
  const stop = AbortSignal.abort();
  await expect(importInto({ folder }, from, { signal: stop })).rejects.toThrow(/stopped/);
  const { there, written } = await importInto({ folder }, from);
  expect([there, written > 60]).toEqual([0, true]);
});
