import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFixtureRun } from "../../test/fixtures/report-run.ts";
import { readReport, writeReport } from "./index.ts";
import { renderPage } from "./page.ts";
import { runRecordSchema } from "./records.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-report-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const small = { items: 12 };

describe("writeReport", () => {
  it("writes one page with every section and no way out", async () => {
    writeFixtureRun(folder, small);
    const path = await writeReport(folder);
    expect(path).toBe(join(folder, "report.html"));
    const page = readFileSync(path, "utf8");
    for (const id of [
      "answers",
      "rates",
      "tradeoff",
      "principles",
      "each",
      "roles",
      "revisions",
      "rl",
      "labels",
      "replay",
      "cost",
      "provenance",
    ]) {
      expect(page).toContain(`<section id="${id}"`);
    }
    expect(page).toContain("not about the capability");
    expect(page).not.toMatch(/<script|<link rel="stylesheet"|@import|url\(|<iframe|src="/u);
    expect(
      [...page.matchAll(/https?:\/\/[^"\s]*/gu)]
        .map(([url]) => url)
        .filter((url) => url !== "http://www.w3.org/2000/svg"),
    ).toEqual([]);
    expect(page).not.toContain("undefined");
    expect(page).not.toContain("NaN");
    expect(page).not.toContain('class="absent"');
    const ids = [...page.matchAll(/\bid="([^"]+)"/gu)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("is the same for the same run", async () => {
    writeFixtureRun(folder, small);
    const first = readFileSync(await writeReport(folder), "utf8");
    expect(readFileSync(await writeReport(folder), "utf8")).toBe(first);
  });

  it("lets no text of a record, a principle or a setting become markup", async () => {
    const poison = `</title></style><script>alert(1)</script><img src=x onerror="alert('2')">"' ]]>`;
    writeFixtureRun(folder, { ...small, poison });
    const page = readFileSync(await writeReport(folder), "utf8");
    expect(page).not.toMatch(/<script|<img|onerror="/iu);
    expect(page.match(/<\/title>/gu)).toHaveLength(1);
    expect(page.match(/<\/style>/gu)).toHaveLength(1);
    expect(page.match(/&lt;script&gt;alert\(1\)/gu)?.length).toBeGreaterThan(50);
  });
});

describe("readReport", () => {
  it("counts every record and keeps the chain behind an answer", async () => {
    writeFixtureRun(folder, small);
    const data = await readReport(folder);
    expect(data.counts["evaluate"]).toMatchObject({ answer: 3 * 3 * 24, "answer: initial": 3 * 24 });
    expect(data.counts["sl-cai"]).toMatchObject({ response: 40, revision: 48, critique: 48, "critique: breaks": 48 });
    expect(data.labels).toMatchObject({ n: 40, clamped: 0, meanDisagreement: 0 });
    expect(data.checkpointHashes).toEqual({ "sl-cai": "f6", "sl-cai, without replay": "07" });
    const changed = data.examples.filter(({ kind }) => kind === "changed");
    expect(changed.length).toBeGreaterThan(1);
    for (const { chain, comparison, broke } of changed) {
      expect(broke).toContain(chain?.rounds[0]?.revision.principleId);
      expect(chain?.rounds[0]?.critique?.principleId).toBe(chain?.rounds[0]?.revision.principleId);
      expect(chain?.rounds.map(({ revision }) => revision.round)).toEqual(chain?.rounds.map((_, i) => i + 1));
      expect(comparison?.record.evidence.some(({ principleId }) => broke.includes(principleId))).toBe(true);
    }
  });

  it("reads a fixture whose records are of the schema", () => {
    writeFixtureRun(folder, small);
    for (const stage of ["sl-cai", "ai-feedback", "evaluate"]) {
      for (const line of readFileSync(join(folder, stage, "records.jsonl"), "utf8")
        .trim()
        .split("\n")) {
        expect(() => runRecordSchema.parse(JSON.parse(line))).not.toThrow();
      }
    }
  });

  it("shows training requests, and no section that has nothing to say, before anything was evaluated", async () => {
    writeFixtureRun(folder, small);
    for (const name of ["summary.json", "evaluate", "rl-cai", "ai-feedback", "constitution.json"]) {
      rmSync(join(folder, name), { recursive: true });
    }
    const data = await readReport(folder);
    expect(data.summary).toBeUndefined();
    expect(data.examples.map(({ kind }) => kind)).toEqual(["revised", "revised", "revised"]);
    const page = renderPage(data);
    const sections = page.split("<section ").slice(1);
    const shown = sections.map((section) => /id="([a-z]+)"/u.exec(section)?.[1]);
    expect(shown).toEqual(["answers", "each", "cost", "provenance"]);
    expect(page).not.toContain('href="#rates"');
    expect(page).not.toContain("NaN");
    expect(page).not.toContain("undefined");
  });

  it("draws metrics without the values that were no numbers, and without a half-written line", async () => {
    writeFixtureRun(folder, small);
    appendFileSync(
      join(folder, "rl-cai", "metrics.jsonl"),
      `{"step":61,"objective/kl":null,"objective/scores":1}\n{"step":62,"obj`,
    );
    const rows = (await readReport(folder)).metrics["rl-cai"] ?? [];
    expect(rows).toHaveLength(61);
    expect(rows.at(-1)).toEqual({ step: 61, "objective/scores": 1 });
  });

  it.each([
    ["no run", "usage", () => rmSync(join(folder, "manifest.json"))],
    ["a damaged summary", "run-invalid", () => writeFileSync(join(folder, "summary.json"), "{")],
    ["a summary of another shape", "run-invalid", () => writeFileSync(join(folder, "summary.json"), "{}")],
    [
      "a damaged record",
      "run-invalid",
      () => appendFileSync(join(folder, "sl-cai", "records.jsonl"), '{"type":"response"}\n'),
    ],
    ["damaged metrics", "run-invalid", () => appendFileSync(join(folder, "rl-cai", "metrics.jsonl"), "nonsense\n")],
  ])("refuses %s with %s, and writes nothing", async (_, code, damage) => {
    writeFixtureRun(folder, small);
    damage();
    await expect(writeReport(folder)).rejects.toMatchObject({ code });
    expect(() => readFileSync(join(folder, "report.html"))).toThrow();
  });
});
