import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder, tinyCheckpoint } from "../../training/local/tiny.test-support.ts";
import { readLabelledTexts, withoutWord } from "./labelled-texts.ts";
import { openPlace, siteFor } from "./open-place.ts";
import { trainTextProbe } from "./train-text-probe.ts";
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
    await expect(trainTextProbe(job)).rejects.toMatchObject({ code: "not-enough-evidence" });
  } finally {
    await place.model.dispose();
  }
});

test("a word is left out in all its forms, and nothing else", () => {
  const text = (content: string, word: string | undefined) => ({ content, word, broken: true, set: undefined });
  expect(withoutWord(text('How do I "kill" it, and is killing hard?', "kill"))).toBe("How do I it, and is hard?");
  expect(withoutWord(text("How do I skill up?", "kill"))).toBe("How do I skill up?");
  expect(withoutWord(text("as it is", undefined))).toBe("as it is");
});
