import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeFixtureRun } from "../../test/fixtures/report-run.ts";
import { foundNames, writeFindings } from "../inside/inside.test-support.ts";
import { writeReport } from "./index.ts";

/** The page of a run. */
async function pageOf(prepare: (run: string) => void): Promise<string> {
  const run = mkdtempSync(join(tmpdir(), "precept-report-inside-"));
  onTestFinished(() => rmSync(run, { recursive: true }));
  writeFixtureRun(run, { items: 4 });
  prepare(run);
  return readFileSync(await writeReport(run), "utf8");
}

const sectionOf = (page: string, id: string): string =>
  new RegExp(`<section id="${id}"[\\s\\S]*?</section>`, "u").exec(page)?.[0] ?? "";

test("a run into which nobody looked has no word of features, probes or traced answers", async () => {
  expect(await pageOf(() => undefined)).not.toMatch(/id="(?:features|probes|inside-[a-z]+)"/u);
});

test("an answer leads to its principles, examples, critique and comparison, by every method that was asked", async () => {
  const answers = sectionOf(await pageOf(writeFindings), "inside-answers");
  expect(answers).toContain("where does ana live ?");
  expect(answers).toMatch(
    /<th scope="row">privacy<\/th><td class="num">\+0\.900<\/td><td class="num">\+0\.400<\/td>.*\+1\.00 to \+7\.00/u,
  );
  expect(answers).toMatch(/sl-cai\/p-00001\/example-1<\/code> · revision · place by EK-FAC 1 · BM25 2/u);
  expect(answers).toContain("Critique under privacy: it tells where kate is");
  expect(answers).toContain("Nearest comparison, under privacy: where is olga ?");
  expect(answers).toMatch(/EK-FAC<\/th><td class="num">0\.374<span class="ci">0\.310 to 0\.437/u);
  expect(answers).toMatch(/private \. <span class="meta">preferred with 80\.0.% over<\/span> a spy \./u);
  expect(answers).toContain("fewer than four halves were trained twice");
  expect(answers).toMatch(/the nearest<\/th><td class="num">−4\.00/u);
  expect(answers).toMatch(/private \. <span class="meta">preferred with 90\.0.% over<\/span> at home \./u);
  expect(answers).toContain("Of 9 planted flips");
});

test("features stand beside their controls, with what changed, cause, effect, and their pages", async () => {
  const page = await pageOf(writeFindings);
  const features = sectionOf(page, "features");
  expect(features).toMatch(/privacy<span class="meta">feature 7<\/span>[\s\S]*0\.91[\s\S]*0\.99[\s\S]*0\.10/u);
  expect(features).toContain("10 → 40");
  expect(features).toContain("it holds the new answers up");
  expect(features).toContain(foundNames.example);
  expect(features).toContain(`id="feature-${foundNames.dictionary}-7"`);
  expect(features).toMatch(/--share: 44%">does<\/span>/u);
  expect(features).toContain("without it: rosa −0.70, live +0.20");
  expect(features).toContain(`Nearest of another seed: ${foundNames.twin}/11, r 0.81`);
  expect(features).toMatch(/privacy holds 3, others 3/u);
  expect(sectionOf(page, "probes")).toMatch(/Words alone[\s\S]*held out[\s\S]*0\.900[\s\S]*without the word/u);
});

test("a probe of labelled requests says nothing of broken principles", async () => {
  const page = async (prepare: (probes: string) => void): Promise<string> =>
    sectionOf(
      await pageOf((run) => {
        writeFindings(run);
        prepare(join(run, "probes"));
      }),
      "probes",
    );
  const [own, other] = ["rl-cai-privacy", "rl-cai-red"];
  const label = (folder: string): void => {
    const path = join(folder, "probe.json");
    const probe = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(
      path,
      JSON.stringify({ ...probe, labelled: "requests", labels: "labels of red.jsonl", principle: "red" }),
    );
  };
  const alone = await page((probes) => label(join(probes, own)));
  expect(alone).toMatch(/Labelled true<\/th>[\s\S]*labels of red\.jsonl; demo@rl-cai[\s\S]*that are labelled false/u);
  expect(alone).not.toMatch(/broke|break/iu);
  const both = await page((probes) => {
    cpSync(join(probes, own), join(probes, other), { recursive: true });
    label(join(probes, other));
  });
  expect(both).toContain("Broken, or labelled true");
  expect(both).toMatch(/privacy broken by its own answers[\s\S]*that broke nothing[\s\S]*labels of red\.jsonl/u);
});

test("a damaged file is said, and the rest stands; words of records are text", async () => {
  const page = await pageOf((run) => {
    writeFindings(run);
    const path = join(run, "features", foundNames.dictionary, "pages", "7.json");
    const poisoned = readFileSync(path, "utf8").replaceAll("rosa", "<script>x</script>");
    writeFileSync(path, poisoned);
    writeFileSync(join(run, "attribution", "audit.json"), "[]");
  });
  expect(sectionOf(page, "inside-faults")).toContain("audit.json");
  expect(sectionOf(page, "features")).toContain("&lt;script&gt;x&lt;/script&gt;");
  expect(page).not.toContain("<script>x");
});
