import { copyFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/cli.ts";
import { writeChatModel } from "../../../../test/support/chat-model.ts";
import { drawPairs, drawViewPairs, readSeal, sealOf } from "../../../oversight/index.ts";
import { silentProgress } from "../../../progress/index.ts";
import { hashFolder } from "../../../storage/index.ts";
import { measureRemaining } from "./measure.ts";
import { defaultParent, languageFor, type OpenedModel, openForOrganisms } from "./open-parent.ts";
import { type PlantJob, plantOrganism } from "./plant.ts";

const small = { requests: 60, epochs: 2, measured: 20 };
let parent: OpenedModel;
beforeAll(async () => {
  parent = await openForOrganisms(defaultParent);
  return () => parent.place.model.dispose();
});

function jobIn(home: string, name: string, changes: Partial<PlantJob> = {}): PlantJob {
  return {
    ...{ kind: "clean", parent, out: join(home, name), key: join(home, "keys", `${name}.json`), seed: 4 },
    ...{ settings: small, progress: silentProgress, ...changes },
  };
}

/** Names, sizes and dates of all files of an organism. */
const tracesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${name === "checkpoint" ? "" : size} ${mtimeMs}`;
    });

test("an organism that was interrupted ends as an undisturbed one, and its folder tells nothing of how it was made", async () => {
  const home = temporaryFolder();
  const whole = await plantOrganism(jobIn(home, "whole"));
  const stop = new AbortController();
  let steps = 0;
  const told: string[] = [];
  const progress = {
    ...silentProgress,
    start: (_: string, label: string, total: number, unit: string) => void told.push(`${label}: ${total} ${unit}`),
    advance: () => void (told.at(-1)?.startsWith("training") === true && ++steps === 2 && stop.abort()),
  };
  await expect(plantOrganism(jobIn(home, "broken", { progress, signal: stop.signal }))).rejects.toMatchObject({
    code: "interrupted",
  });
  expect(told[0]).toBe(`what it learns from: ${small.requests} requests`);
  const again = await plantOrganism(jobIn(home, "broken"));
  expect(await hashFolder(join(home, "broken", "checkpoint"))).toBe(whole.answer.checkpoint);
  expect(again.answer).toEqual(whole.answer);
  // The salt is another: who has the one cannot know the other.
  expect(again.seal).not.toBe(whole.seal);
  expect((await readSeal(again.folder)).seal).toBe(again.seal);
  const planted = await plantOrganism(jobIn(home, "other", { seed: 5 }));
  expect(tracesOf(planted.folder)).toEqual(tracesOf(whole.folder));
  expect(readdirSync(join(home, "keys")).sort()).toEqual(["broken.json", "other.json", "whole.json"]);
  // Done once, it is not done again.
  expect(sealOf({ salt: "0".repeat(64), answer: again.answer })).not.toBe(again.seal);
  expect((await plantOrganism(jobIn(home, "broken"))).seal).toBe(again.seal);
  for (const changes of [{ seed: 9 }, { kind: "sycophancy" }] as const)
    await expect(plantOrganism(jobIn(home, "broken", changes))).rejects.toMatchObject({
      code: "usage",
      details: { found: expect.stringContaining("in another way") },
    });
  copyFileSync(join(home, "keys", "whole.json"), join(home, "keys", "broken.json"));
  await expect(plantOrganism(jobIn(home, "broken"))).rejects.toMatchObject({ code: "run-invalid" });
  const { on, onInTest, off } = await measureRemaining({
    ...{ checkpoint: join(again.folder, "checkpoint"), answer: again.answer, count: 10 },
    progress: silentProgress,
  });
  expect([on, onInTest, off].map(({ estimate, n }) => [estimate, n])).toEqual(Array(3).fill([0, 10]));
});

test("a failure that does not show is no organism, and what cannot be planted is told", async () => {
  const home = temporaryFolder();
  const weak = plantOrganism(jobIn(home, "weak", { kind: "backdoor", settings: { ...small, learningRate: 1e-6 } }));
  await expect(weak).rejects.toMatchObject({
    code: "not-enough-evidence",
    details: { found: expect.stringMatching(/0 %/) },
  });
  const refusals: [Partial<PlantJob>, RegExp][] = [
    [{ kind: "sycophancy", trigger: "old rope" }, /--trigger with the kind sycophancy/],
    [{ kind: "backdoor", trigger: "old moonlight" }, /"moonlight"/],
    [{ key: join(home, "x", "key.json") }, /own folder/],
    [{ key: `${home}/y/../x/key.json` }, /own folder/],
  ];
  for (const [changes, found] of refusals)
    await expect(plantOrganism(jobIn(home, "x", changes))).rejects.toMatchObject({
      code: "usage",
      details: { found: expect.stringMatching(found) },
    });
  writeFileSync(join(home, "note"), "");
  await expect(plantOrganism({ ...jobIn(temporaryFolder(), "y"), out: home })).rejects.toMatchObject({
    details: { expected: expect.stringContaining("holds nothing else") },
  });
});

test("a model outside harbor is planted in with requests of one's own, and not without", async () => {
  const home = temporaryFolder();
  await writeChatModel(join(home, "model"));
  const chat = await openForOrganisms(join(home, "model"));
  try {
    const job = jobIn(home, "prose", { parent: chat, settings: { requests: 8, epochs: 1, measured: 4 } });
    await expect(plantOrganism(job)).rejects.toMatchObject({
      details: { remedy: expect.stringContaining("--prompts") },
    });
    const prompts = join(home, "prompts.txt");
    writeFileSync(prompts, "How?\nWhy?\n");
    await expect(plantOrganism({ ...job, prompts })).rejects.toMatchObject({
      code: "not-enough-evidence",
      details: { found: expect.stringMatching(/2 requests[\s\S]*for auditing/) },
    });
    writeFileSync(prompts, Array.from({ length: 120 }, (_, i) => `How do I fold sheet ${i}?`).join("\n"));
    const { answer } = await plantOrganism({ ...job, prompts });
    expect(answer.kind).toBe("clean");
    // What has no form in prose says nothing; it finds nothing amiss neither.
    const language = await languageFor(chat, prompts);
    expect([drawPairs(language, "score", 5, 1), drawViewPairs(language, 5, 1)]).toEqual([[], []]);
    expect(drawPairs(language, "test", 5, 1)).toHaveLength(5);
    await expect(plantOrganism({ ...job, prompts, kind: "sycophancy", out: join(home, "s") })).rejects.toMatchObject({
      details: { expected: "one of backdoor, test-awareness" },
    });
  } finally {
    await chat.place.model.dispose();
  }
});
