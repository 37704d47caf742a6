import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createConstitution, formatConstitution } from "../constitution/index.ts";
import { daysOf, eventOf, logStart, writeLog } from "../guard/audit-log.test-support.ts";
import { type GuardObserved, principleHash, verifyAudit } from "../guard/index.ts";
import { writeGuardReport } from "./index.ts";

const principles = [
  { id: "calm", text: "Do not <b>swear</b>." },
  { id: "privacy", text: "Keep addresses to yourself." },
];
const hashOf = (id: string): string => {
  const principle = createConstitution({ name: "own", principles }).principles.find((one) => one.id === id);
  return principle === undefined ? "h" : principleHash(principle);
};

/** The page of a log that lies beside its constitution. */
async function pageOf(events: readonly GuardObserved[], options = {}): Promise<{ page: string; log: string }> {
  const folder = mkdtempSync(join(tmpdir(), "precept-guard-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "constitution.yaml"), formatConstitution(createConstitution({ name: "own", principles })));
  const log = join(folder, "audit.jsonl");
  // Of `calm` in the constitution's own words, of `privacy` in others.
  const named = events.map((event) => ({
    ...event,
    findings: event.findings.map((finding) =>
      finding.principleId === "calm" ? { ...finding, principleHash: hashOf("calm") } : finding,
    ),
  }));
  writeLog(log, named);
  const path = join(folder, "guard.html");
  await writeGuardReport(log, path, options);
  return { page: readFileSync(path, "utf8"), log };
}

const masked = eventOf({
  ...{ id: "m", at: logStart, principles: ["privacy"], check: "pii.email", action: "mask", stage: "input" },
  ...{ text: "I am anna@example.org & alone", evidence: "anna@example.org" },
});
const tenDays = [masked, ...daysOf(10, (day) => (day < 5 ? 2 : 12))];

test("the page says what was done, under which principle, by which check, whether it changed, and that all was checked", async () => {
  const { page, log } = await pageOf(tenDays);
  expect(page).toContain("Of 1,001 texts, it acted on <strong>71</strong>.");
  expect(page).toContain("10,010, all of them checked");
  expect(page).toContain("▲ rose");
  expect(page).toContain("cannot tell");
  expect(page).toContain("<code>pii.email</code>");
  expect(page).toContain(`sha256:${(await verifyAudit(log)).lastHash}`);
  expect(page.match(/<svg/gu)).toHaveLength(2);
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/u);
});

test("examples are the newest of each principle with what was found marked, and only principles in the guard's own words have their text", async () => {
  const { page } = await pageOf(tenDays);
  expect(page).toContain("I am <mark>anna@example.org</mark> &amp; alone");
  expect(page.match(/<mark>DAMN<\/mark> \d+/gu)).toEqual([
    "<mark>DAMN</mark> 911",
    "<mark>DAMN</mark> 910",
    "<mark>DAMN</mark> 909",
  ]);
  expect(page).toContain("Do not &lt;b&gt;swear&lt;/b&gt;.");
  expect(page).not.toContain("Keep addresses to yourself.");
});

test("without texts, or of a log that holds hashes alone, there are no examples", async () => {
  const without = (await pageOf(tenDays, { texts: false })).page;
  expect(without).not.toMatch(/DAMN|anna@|id="examples"/u);
  const hashed = tenDays.map((event) => ({ ...event, text: `sha256:${"0".repeat(64)}` }));
  expect((await pageOf(hashed)).page).not.toMatch(/DAMN|id="examples"/u);
});

test("sections with nothing to say are absent, and an empty log says so", async () => {
  const quiet = (await pageOf([eventOf()])).page;
  expect(quiet).not.toMatch(/id="(?:principles|drift|examples|checks)"/u);
  expect(quiet).toMatch(/id="coverage"/u);
  const { page } = await pageOf([]);
  expect(page).toContain("No text was judged yet.");
  expect(page).not.toContain('id="coverage"');
});

test("what was delivered unchecked, and a chain that is broken, is said", async () => {
  const { page } = await pageOf([eventOf({ coverage: { delivered: 9, checked: 5, leaked: 2 } })]);
  expect(page).toContain("9, 4 of them unchecked");
  expect(page).toContain("more was delivered than was checked");
  expect(page).toContain("▲ not whole");
});
