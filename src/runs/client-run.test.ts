import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { ClientRun } from "./client-run.ts";
import { writeNotice } from "./fleet.ts";
import { Run } from "./run.ts";
import { defineStage } from "./stage.ts";

const slCai = defineStage({ name: "sl-cai", after: [], records: { records: z.object({ id: z.string() }) } });

test("a client says once that the process that merges is gone, and goes on when it is back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-client-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const manifest = { seed: 7, config: {}, inputs: {} };
  const lead = () => Run.open(folder, { kind: "project", manifest, command: "run --shards 2", shards: 2 });
  const first = await lead();
  const tell = () => writeNotice(folder, { shards: 2, open: { stage: "ai-feedback", inputsHash: "a" }, inputs: {} });
  tell();
  const onWait = vi.fn<(what: string) => void>();
  const client = await ClientRun.join(
    folder,
    { kind: "project", command: "run --shard 1/2" },
    { client: 1, of: 2 },
    { onWait },
  );
  const stage = client.stage(slCai, "a", async () => undefined);
  await sleep(300);
  expect(onWait).not.toHaveBeenCalled();
  await first.close();
  await vi.waitFor(() => expect(onWait).toHaveBeenCalled(), 5000);
  await sleep(1500);
  expect(onWait).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/to go on: precept run --shards 2 --out /u));
  const second = await lead();
  await second.stage(slCai, "a", async (writer) => void (await (await writer.records("records")).close()));
  expect(await stage).toBe("unchanged");
  await client.close();
  await second.close();
});
