import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { writeChatModel } from "../../../test/support/chat-model.ts";
import { findSubjects } from "../../evaluation/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { checkpointHash, loadCheckpoint, saveCheckpoint } from "../../transformer/index.ts";
import { checkpointOfRun } from "../guard/open-run-guard.ts";
import { withProject } from "../project.ts";
import { harborWorld } from "./embedded.ts";
import { loadHarbor } from "./load-harbor.ts";

test("a run that starts from another checkpoint of harbor keeps a copy, which RUN@initial then is", async () => {
  const home = temporaryFolder();
  const [start, run] = [join(home, "organism"), join(home, "run")];
  const { config, tokenizer, weights } = await loadCheckpoint(harborWorld.initial);
  const [[name, first]] = [...weights] as [[string, { shape: readonly number[]; data: Float32Array }]];
  const changed = new Map(weights).set(name, { ...first, data: first.data.map((value) => value * 1.01) });
  await saveCheckpoint(start, { config, tokenizer, weights: changed });
  const smoke = loadHarbor({ preset: "smoke" });
  const withStart = (initial: string) => ({
    ...smoke,
    config: { ...smoke.config, world: { name: "harbor", preset: "smoke", initial } as const },
  });
  const open = (initial: string) =>
    withProject(
      {
        ...{ loaded: withStart(initial), folder: run, command: "test", progress: silentProgress, env: {} },
        signal: new AbortController().signal,
      },
      async ({ setting }) => setting.training?.initial,
    );
  expect(await open(start)).toBe(join(run, "initial", "checkpoint"));
  const hash = await checkpointHash(start);
  expect(await checkpointHash(join(run, "initial", "checkpoint"))).toBe(hash);
  expect(checkpointOfRun(`${run}@initial`)).toBe(join(run, "initial", "checkpoint"));
  const { subjects } = await findSubjects(`${run}@initial`, [harborWorld]);
  expect(subjects.map((subject) => subject.hash)).not.toEqual(
    (await findSubjects(harborWorld.initial, [harborWorld])).subjects.map((subject) => subject.hash),
  );
  await writeChatModel(join(home, "other"));
  await expect(open(join(home, "other"))).rejects.toMatchObject({ code: "config-invalid" });
});
