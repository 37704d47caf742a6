import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readCritiques } from "../../oversight/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { committedCheckpoint } from "../harbor/inputs.ts";
import { critiqueModel } from "./critique.ts";

const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "precept-critique-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};
const job = (out: string) => ({
  ...{ target: committedCheckpoint, levels: 2, count: 4, wording: "known" as const, maxTokens: 64, seed: 1, out },
  ...{ env: {}, progress: silentProgress },
});

test("harbor's critic finds what the world put in, and the file says what the command said", async () => {
  const out = scratch();
  const { found } = await critiqueModel(job(out));
  expect(found.tamper.pairs).toBe(44);
  expect(found.tamper.all[0]?.recall?.estimate).toBeGreaterThan(0.9);
  expect(found.tamper.rows).toHaveLength(22);
  expect(readCritiques(out)[0]?.tamper.all[0]?.recall?.n).toBe(44);
  // Its own answers are to requests of every split, governed and harmless; what is no sentence is counted apart.
  expect(found.answers?.revised[0]?.unreadable).toEqual([0, 0]);
  expect(found.answers?.figures[0]?.falseAlarms?.n).toBeGreaterThan(0);
  // Another wording replaces nothing.
  await critiqueModel({ ...job(out), wording: "far" });
  expect(readCritiques(out).map(({ tamper }) => tamper.wording)).toContain("far");
  expect(readCritiques(out)).toHaveLength(2);
  // The newest is it by its own date, whenever its file was written or copied.
  for (const name of readdirSync(join(out, "oversight", "critique")).filter((one) => one.endsWith(".json"))) {
    const path = join(out, "oversight", "critique", name);
    const kept = JSON.parse(readFileSync(path, "utf8"));
    if (kept.tamper.wording === "far") utimesSync(path, 0, 0);
    else writeFileSync(path, JSON.stringify({ ...kept, measured: undefined }));
  }
  expect(readCritiques(out).map(({ tamper }) => tamper.wording)).toEqual(["far", undefined]);
  // A second time nothing is asked, and the figures are the same.
  const before = readdirSync(join(out, "oversight", "critique"));
  const again = (await critiqueModel(job(out))).found;
  expect({ ...again, measured: found.measured }).toEqual(found);
  expect((await critiqueModel(job(out))).found.measured).toBe(again.measured);
  expect(readdirSync(join(out, "oversight", "critique"))).toEqual(before);
});

test("what cannot be criticised is said: answers that are none, a principle that nobody has", async () => {
  const out = scratch();
  const file = join(out, "pairs.jsonl");
  writeFileSync(
    file,
    '{"prompt": "how do i make soup for anna ?", "principle": "none", "clean": "a", "tampered": "b"}\n',
  );
  await expect(critiqueModel({ ...job(out), pairs: file })).rejects.toThrow("no principle none");
  writeFileSync(file, "not JSON\n");
  await expect(critiqueModel({ ...job(out), target: "nowhere" })).rejects.toThrow('Opening the model "nowhere"');
  await expect(critiqueModel({ ...job(out), answers: file })).rejects.toThrow("line 1: not JSON");
});
