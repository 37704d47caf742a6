import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore, type SiteEvent } from "../store/index.ts";
import { LogReader } from "./log-reader.ts";
import { computeResult } from "./result.ts";
import { ShownMark } from "./shown-mark.ts";
import { TestTown } from "./site.test-support.ts";

const published = (upTo: number): SiteEvent => ({ kind: "published", at: 0, upTo, head: "", result: "" });
const deletion: SiteEvent = { kind: "deletion", at: 0, erased: 1 };
const vote = { kind: "vote", at: 0, participant: "p", statement: "s", vote: "agree" } as const;

test.each([
  ["nothing was published", [vote, vote], 0],
  ["one was", [vote, published(1), vote], 1],
  ["a deletion came since", [vote, published(1), deletion], 0],
  ["one from before the deletion was published after it", [vote, vote, deletion, published(2)], 0],
  ["one up to the deletion was published", [vote, vote, deletion, published(3)], 3],
  ["one from before came late, after one that counts", [vote, deletion, published(2), published(1)], 2],
])("where %s, everybody sees the result that counts nothing erased", async (_, events, upTo) => {
  const mark = new ShownMark();
  for (const [index, event] of events.entries()) mark.hear(event, index + 1);
  expect(mark.upTo).toBe(upTo);
  // And as it is read from a log.
  const folder = mkdtempSync(join(tmpdir(), "precept-shown-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStore({ folder });
  await store.append(events.map((event) => ({ event })));
  const reader = new LogReader(store);
  await reader.readTo(events.length);
  expect(reader.shownUpTo).toBe(upTo);
  await store.close();
});

test("a result that was under way while somebody erased their votes is not taken over", async () => {
  const own = await TestTown.open();
  onTestFinished(() => own.close());
  const { site } = own;
  const [first] = await site.write([{ event: { ...vote, statement: own.ids[0] ?? "" } }]);
  const upTo = first?.seq ?? 0;
  const result = { ...computeResult(site.state, site.configuration, upTo), head: "" };
  await site.write([{ event: deletion }], [upTo]);
  await site.publish(result);
  expect(site.result?.upTo).not.toBe(upTo);
});
