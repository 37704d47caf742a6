import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { preceptHere } from "../src/cli/in-process.test-support.ts";
import { writeTracedRun } from "./fixtures/traced-run.ts";
import { isBrowserInstalled, looks, settle, textOf, ViewerBrowser } from "./support/viewer-browser.ts";

describe.skipIf(!isBrowserInstalled)("people who review a run in a browser", () => {
  let own: ViewerBrowser;

  beforeAll(async () => {
    own = await ViewerBrowser.open(async (runs) => {
      await writeTracedRun(join(runs, "one"), ["box", "door", "window"]);
      await writeTracedRun(join(runs, "two"), ["box", "door"]);
    });
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => own?.close());

  test("keys alone drop a row, and the exported set is without it", async () => {
    const run = own.run("one");
    const { page, context } = await own.openTab();
    await page.goto(`${own.viewer.url}#/one/chains`);
    await settle(page);
    await page.keyboard.press("j");
    await page.locator("h2.title", { hasText: "door" }).waitFor();
    await page.keyboard.press("x");
    await page.locator(".row", { hasText: "drop" }).waitFor();
    expect(await textOf(page, ".steps .last .step-head")).toContain("left out of the next export");
    expect(await exportRows(run)).toEqual(["sl-cai/box/example-1", "sl-cai/window/example-1"]);
    await page.keyboard.press("n");
    await page.locator("textarea:focus").waitFor();
    await page.keyboard.type("shouts");
    await page.keyboard.press("Control+Enter");
    await page.locator(".flags [aria-pressed=true]", { hasText: "Note" }).waitFor();
    await page.keyboard.press("u");
    await page.locator(".flags [aria-pressed=false]", { hasText: "Note" }).waitFor();
    await page.keyboard.press("x");
    await page.locator(".flags [aria-pressed=false]", { hasText: "Drop" }).waitFor();
    expect(await exportRows(run)).toHaveLength(3);
    await context.close();
  });

  test("keys of a second person leave alone what the first said: they disagree, and the row stays", async () => {
    const run = own.run("two");
    const [ana, ben] = [await own.openTab(), await own.openTab()];
    for (const tab of [ana, ben]) await own.goTo(tab, "#/two/chain/box");
    vi.stubEnv("USER", "ana");
    await ana.page.keyboard.press("x");
    await pressed(ana.page, "Drop");
    await ana.page.keyboard.press("n");
    await ana.page.locator("textarea:focus").waitFor();
    await ana.page.keyboard.type("too loud");
    await ana.page.keyboard.press("Control+Enter");
    await pressed(ana.page, "Note");
    expect(await exportRows(run)).toEqual(["sl-cai/door/example-1"]);

    vi.stubEnv("USER", "ben");
    // Ben's page is as old as his opening it; his keys change what he said, and nothing else.
    await ben.page.keyboard.press("y");
    await pressed(ben.page, "Keep");
    await ben.page.locator(".said", { hasText: "ana drops it" }).waitFor();
    expect(await textOf(ben.page, ".said")).toContain("People disagree");
    expect(await textOf(ben.page, ".said")).toContain("too loud");
    expect(await pressedNames(ben.page)).toEqual(["Keep y"]);
    expect(await textOf(ben.page, ".steps .last .step-head")).toContain("people disagree: it stays");
    await ben.page.locator(".row", { hasText: "disputed" }).waitFor();
    expect(await exportRows(run)).toEqual(["sl-cai/box/example-1", "sl-cai/door/example-1"]);
    await own.goTo(ben, "#/two/chains?review=disputed");
    expect(await ben.page.locator(".row").count()).toBe(1);
    for (const look of looks) {
      const tab = await own.openTab(look);
      await own.expectSound(tab, "#/two/chain/box", look.width);
      await tab.context.close();
    }

    // The same key takes back his word, not hers.
    await own.goTo(ben, "#/two/chain/box");
    await ben.page.keyboard.press("y");
    await expect.poll(() => pressedNames(ben.page)).toEqual([]);
    expect(await textOf(ben.page, ".steps .last .step-head")).toContain("left out of the next export");
    expect(await exportRows(run)).toEqual(["sl-cai/door/example-1"]);
    const marks = readFileSync(join(run, "review.jsonl"), "utf8").trim().split("\n");
    expect(marks.map((line) => JSON.parse(line) as { by: string; note?: string })).toMatchObject([
      { by: "ana", mark: "drop" },
      { by: "ana", mark: "drop", note: "too loud" },
      { by: "ben", mark: "keep" },
      { by: "ben", mark: null },
    ]);
    expect(marks.slice(2).join()).not.toContain("too loud");
    await Promise.all([ana.context.close(), ben.context.close()]);
  });
});

const pressed = (page: Page, name: string): Promise<void> =>
  page.locator(".flags [aria-pressed=true]", { hasText: name }).waitFor();
const pressedNames = (page: Page): Promise<string[]> => page.locator(".flags [aria-pressed=true]").allTextContents();

/** Ids of the rows that the command line exports. */
async function exportRows(run: string): Promise<string[]> {
  const { code, stderr } = await preceptHere(["export", run, "--to", "trl"]);
  if (code !== 0) throw new Error(stderr);
  const lines = readFileSync(join(run, "datasets", "trl", "sft.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => (JSON.parse(line) as { id: string }).id);
}
