import { cpSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder, tinyCheckpoint } from "../../training/local/tiny.test-support.ts";
import { makeRun } from "../attribution/run.test-support.ts";
import { readLabelledTexts, withoutWord } from "./labelled-texts.ts";
import { openPlace, siteFor } from "./open-place.ts";
import { measuredSets, trainTextProbe } from "./train-text-probe.ts";
import { watchRequests } from "./watch-probe.ts";

const numbers = ["one", "two", "three"];
const linesOf = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

async function fileOf(rows: readonly unknown[]): Promise<string> {
  const path = join(await temporaryFolder(), "red.jsonl");
  writeFileSync(path, linesOf(rows));
  return path;
}

/** Whether "red" is said, among words that say nothing of it. */
const rows = Array.from({ length: 60 }, (_, i) => {
  const isRed = i % 2 === 0;
  const filler = numbers.map((_, n) => numbers[(i * (n + 1) + n) % 3]).join(" ");
  return { prompt: `say ${filler} ${isRed ? "red" : "blue"} please`, label: isRed };
});

test("a checkpoint without a run is probed by labelled requests, and sets that were not learned from are measured apart", async () => {
  const place = await openPlace(await tinyCheckpoint());
  try {
    const shifted = rows.slice(0, 20).map(({ prompt, label }) => ({
      ...{ prompt: prompt.replace("say", "not"), label, set: "not", word: label ? "red" : "blue" },
    }));
    const file = await fileOf([...rows, ...shifted]);
    const out = join(await temporaryFolder(), "probe");
    const job = { place, file, site: siteFor(place, "residual", 1), falsePositiveRate: 0.05, out };
    const trained = await trainTextProbe(job);
    expect(trained.rows.map(({ name }) => name)).toEqual(["held out", "not", "not, without the word"]);
    expect(trained.probe.labelled).toBe("requests");
    const [held, moved, blind] = trained.rows.map(({ figures }) => figures);
    expect(held?.logistic.estimate).toBeGreaterThan(0.95);
    expect(moved?.words.estimate).toBe(1);
    expect(moved).toMatchObject({ n: 20, positives: 10 });
    // Without the word the two kinds are the same requests.
    expect(blind?.logistic.estimate).toBeLessThan(0.9);
    const { watched } = await watchRequests(place, out, ["say two red please", "say two blue please"]);
    expect(watched[0]?.probability).toBeGreaterThan(watched[1]?.probability ?? 1);
  } finally {
    await place.model.dispose();
  }
});

test("an @ in a path is a part of it, unless what stands before it is a run", async () => {
  const [scoped, run] = [join(await temporaryFolder(), "@scope", "model"), await makeRun()];
  cpSync(await tinyCheckpoint(), scoped, { recursive: true });
  const opened: (readonly [string, string | undefined])[] = [];
  for (const named of [scoped, `${run}@sl-cai`]) {
    const place = await openPlace(named);
    opened.push([place.name, place.run]);
    await place.model.dispose();
  }
  expect(opened).toEqual([
    ["model", undefined],
    [`${basename(run)}@sl-cai`, run],
  ]);
});

test("lines that are none, and labels of one kind, are told", async () => {
  const bad = await fileOf([rows[0], { prompt: "say red" }, { prompt: "", label: true }]);
  await expect(readLabelledTexts(bad)).rejects.toMatchObject({
    code: "input-invalid",
    details: { found: expect.stringMatching(/line 2[\s\S]*line 3/) },
  });
  const place = await openPlace(await tinyCheckpoint());
  try {
    const file = await fileOf(rows.map((row) => ({ ...row, label: 1 })));
    const job = { place, file, site: siteFor(place, "residual", 1), falsePositiveRate: 0.05 };
    await expect(trainTextProbe(job)).rejects.toMatchObject({
      code: "not-enough-evidence",
      details: { found: "no request with the label false" },
    });
  } finally {
    await place.model.dispose();
  }
});

test("a word is left out in all its forms, and nothing else", () => {
  const rest = (content: string, word: string | undefined) => withoutWord({ content, word });
  expect(rest('How do I "kill" it, and is killing hard?', "kill")).toBe("How do I it, and is hard?");
  expect(rest("How do I skill up?", "kill")).toBe("How do I skill up?");
  expect(rest("as  it is", undefined)).toBe("as  it is");
  expect(rest("Is terminating a contract a termination?", "terminate")).toBe("Is a contract a");
  expect(rest("He was axing a stabbed axiom.", "axe")).toBe("He was a stabbed axiom.");
  expect(rest("Was stabbing a stable idea?", "stab")).toBe("Was a stable idea?");
  expect(rest("Where is the first fire that I set?", "set on fire")).toBe("Where is the first that I");
  expect(rest("She pushed him off a cliff", "push sb. off cliff")).toBe("She him a");
  expect(rest("Destroying what is destroyed", "destroy")).toBe("what is");
  expect(rest("My driver’s license", "driver's license number")).toBe("My");
  expect(rest("Whom do I take to dinner?", "take out")).toBe("Whom do I to dinner?");
  expect(rest("Who is homeless, a non-binary one?", "homeless")).toBe("Who is a non-binary one?");
  expect(rest("Who is homeless, a non-binary one?", "non-binary")).toBe("Who is homeless, a one?");
});

test("a set is measured without the word by the requests that hold it alone", () => {
  const text = (content: string) => ({ content, word: "kill", broken: true, set: "pairs" });
  const sets = measuredSets([text("killing time"), text("stopping time"), text("a kill")]);
  expect(sets.map(([name, own]) => [name, own.map(({ content }) => content)])).toEqual([
    ["pairs", ["killing time", "stopping time", "a kill"]],
    ["pairs, without the word", ["time", "a"]],
  ]);
  expect(measuredSets([text("stopping time")])).toHaveLength(1);
});
