import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Peer, startProcess } from "../../tensor/index.ts";
import { type NewEvent, openStore } from "../store/index.ts";
import { Analyst } from "./analyst.ts";
import { town } from "./site.test-support.ts";

const at = 1_700_000_000_000;

test("a process that was killed is followed by another, and results are as before; none begins after the end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-analyst-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStore({ folder });
  const vote = (person: number): NewEvent => ({
    event: { kind: "vote", at, participant: `person-${person}`, statement: "s0", vote: "agree" },
  });
  await store.append([
    { event: { kind: "configuration", at, configuration: town() } },
    {
      event: {
        ...{ kind: "statement", at, statement: "s0", text: "It should not lie.", language: "en" },
        ...{ isSeed: true, isMeta: false },
      },
    },
    ...Array.from({ length: 12 }, (_, person) => vote(person)),
  ]);
  const { seq } = await store.head();
  await store.close();

  const started: Peer[] = [];
  const start = (entry: URL): Peer => {
    const peer = startProcess(entry);
    started.push(peer);
    return peer;
  };
  const failures: unknown[] = [];
  const published: number[] = [];
  const analyst = new Analyst(
    { folder },
    async ({ upTo }) => void published.push(upTo),
    (error) => failures.push(error),
    start,
  );
  onTestFinished(() => analyst.close());
  const first = await analyst.compute(seq);
  await analyst.compute(seq);
  expect(started).toHaveLength(1);

  // Killed while it computes: that result is lost, and says so.
  const lost = analyst.compute(seq);
  const refusal = expect(lost).rejects.toThrow(/ended/);
  await started[0]?.terminate();
  await refusal;
  expect(await analyst.compute(seq)).toEqual(first);
  expect(started).toHaveLength(2);

  // And while nothing is under way: whoever votes next sees a result.
  await started[1]?.terminate();
  analyst.want(seq);
  await expect.poll(() => published, { timeout: 30_000 }).toEqual([seq]);
  expect([started.length, failures]).toEqual([3, []]);

  await analyst.close();
  await expect(analyst.compute(seq)).rejects.toThrow(/ended/);
  expect(started).toHaveLength(3);
}, 90_000);
