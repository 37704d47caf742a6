import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startViewer } from "../src/view/index.ts";
import { writeFixtureRun } from "./fixtures/report-run.ts";
import { writeTracedRun } from "./fixtures/traced-run.ts";
import {
  isBrowserInstalled,
  looks as looksOfPages,
  settle,
  type Tab,
  textOf,
  ViewerBrowser,
} from "./support/viewer-browser.ts";

const reversed = "\u202E";
const poison = ` <script>window.broken = true</script><img src="https://example.invalid/x" onerror="window.broken = true"> ${reversed}evil\u0007`;
const huge = "five megabytes of words ".repeat(220_000);

describe.skipIf(!isBrowserInstalled)("the viewer in a browser", () => {
  let own: ViewerBrowser;

  beforeAll(async () => {
    own = await ViewerBrowser.open(async (runs) => {
      const prompts = Array.from({ length: 140 }, (_, i) => `q${String(i).padStart(3, "0")}`);
      await writeTracedRun(join(runs, "long"), prompts);
      writeFixtureRun(join(runs, "demo"));
      writeFixtureRun(join(runs, "poisoned"), { poison, items: 4 });
      makeHuge(join(runs, "poisoned", "sl-cai", "records.jsonl"), "sl-cai/p3/response-0");
    });
  });
  afterAll(() => own?.close());

  /** Every page there is: the rooms of the run by their links, and the first item of every list. */
  const findPages = async (tab: Tab): Promise<string[]> => {
    const rooms = await own.findRooms(tab, "demo");
    const found = ["#/", ...rooms];
    for (const room of rooms) {
      await own.goTo(tab, room);
      const rows = tab.page.locator(".list a.row[href], .principle-list a");
      if ((await rows.count()) > 0) found.push((await rows.first().getAttribute("href")) ?? "");
    }
    await own.goTo(tab, "#/demo/chain/p0");
    found.push((await tab.page.locator(".steps a.id").first().getAttribute("href")) ?? "");
    return found;
  };

  test.each(looksOfPages)(
    "no room breaks a rule of axe or is wider than the screen: $colorScheme, $width px",
    async (look) => {
      const tab = await own.openTab(look);
      const found = await findPages(tab);
      expect(found.length).toBeGreaterThanOrEqual(5);
      for (const fragment of found) await own.expectSound(tab, fragment, look.width);
      own.expectQuiet(tab);
      await tab.context.close();
    },
  );

  test("a link opens the same view in a browser that never was here", async () => {
    const first = await own.openTab();
    await own.goTo(first, "#/demo/chains?principle=cheat");
    await first.page.keyboard.press("j");
    await settle(first.page);
    const link = await first.page.evaluate<string>("location.href");
    expect(link).toContain("?principle=cheat");
    expect(link).not.toContain("token");
    const token = own.viewer.link.split("token=")[1] ?? "";
    const second = await own.openTab();
    await second.page.goto("about:blank");
    await second.page.goto(`${link}&token=${token}`);
    await settle(second.page);
    expect(await second.page.evaluate("location.href")).toBe(link);
    for (const part of ["h2.title", ".list-head [role=status]", ".row[aria-selected=true]", ".steps"]) {
      expect(await textOf(second.page, part)).toBe(await textOf(first.page, part));
    }
    await Promise.all([first.context.close(), second.context.close()]);
  });

  test("without the token there is a sentence, not a run", async () => {
    const context = await own.newContext();
    const page = await context.newPage();
    await page.goto(`${own.viewer.url}#/demo`);
    await page
      .getByText("Open the link that precept view printed", { exact: false })
      .or(page.getByText("`precept view` printed"))
      .first()
      .waitFor();
    await context.close();
  });

  test("records are text: markup, direction marks, five megabytes", async () => {
    const tab = await own.openTab();
    const rooms = await own.findRooms(tab, "poisoned");
    for (const room of [...rooms, "#/"]) {
      await own.goTo(tab, room);
      expect(await tab.page.evaluate(`document.body.innerText.includes(${JSON.stringify(reversed)})`)).toBe(false);
    }
    await own.goTo(tab, "#/poisoned/chain/p0");
    const text = tab.page.locator(".steps .text").first();
    expect(await text.textContent()).toContain("<script>window.broken = true</script>");
    expect(await text.locator(".sign").allTextContents()).toEqual(["U+202E", "U+0007"]);
    const hasReversed = (): Promise<boolean> =>
      tab.page.evaluate(`document.body.innerText.includes(${JSON.stringify(reversed)})`);
    expect(await hasReversed()).toBe(false);
    await own.goTo(tab, "#/poisoned/chain/p3");
    expect((await textOf(tab.page, ".steps .text"))?.length).toBeLessThan(110_000);
    await own.goTo(tab, "#/poisoned/record/sl-cai/p3/response-0");
    expect(await textOf(tab.page, "main")).toContain("five megabytes of words");
    expect(await hasReversed()).toBe(false);
    expect(await tab.page.evaluate("window.broken")).toBeUndefined();
    own.expectQuiet(tab);
    await tab.context.close();
  });

  test("keys alone lead from the runs to the principle behind an answer, and back", async () => {
    const { page, context } = await own.openTab();
    const press = (...keys: string[]): Promise<void> =>
      keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    const hash = (): Promise<string> => page.evaluate("location.hash");
    await page.locator(".runs a", { hasText: "demo" }).focus();
    await press("Enter");
    await page.locator("nav.rooms").waitFor();
    await settle(page);
    await press("g", "c");
    await expect.poll(hash).toBe("#/demo/chains");
    await settle(page);
    await press("j");
    await expect.poll(hash).toMatch(/^#\/demo\/chain\//u);
    const second = await hash();
    await press("j", "k");
    await expect.poll(hash).toBe(second);
    await press("d");
    await expect.poll(() => textOf(page, ".segments [aria-pressed=true]")).toBe("from the response");
    await press("]", "]");
    await expect.poll(() => page.locator(".steps li.at").count()).toBe(1);
    await press("/");
    await page.locator("#search:focus").waitFor();
    await page.keyboard.type("bread rope");
    await expect.poll(hash).toContain("q=bread+rope");
    await press("Escape", "g", "o");
    await expect.poll(hash).toBe("#/demo");
    await settle(page);
    await press("?");
    await page.locator("dialog[open]").waitFor();
    await press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    await press("g", "c");
    await expect.poll(hash).toBe("#/demo/chains");
    await settle(page);
    await press("r");
    await expect.poll(hash).toMatch(/^#\/demo\/record\//u);
    await settle(page);
    await press("Escape");
    await expect.poll(hash).toMatch(/^#\/demo\/chain\//u);
    await page.locator(".steps .step-head a:not(.id)").first().focus();
    await press("Enter");
    await expect.poll(hash).toMatch(/#\/demo\/(?:principle\/|chains\?principle=)/u);
    await page.goBack();
    await expect.poll(hash).toMatch(/^#\/demo\/chain\//u);
    await context.close();
  });

  test("single keys can be switched off, and do nothing while one types", async () => {
    const { page, context } = await own.openTab();
    await page.goto(`${own.viewer.url}#/demo/chains`);
    await page.locator("#search").focus();
    await page.keyboard.type("jdx");
    expect(await page.evaluate("location.hash")).toMatch(/^#\/demo\/chains/u);
    await page.locator("#search").blur();
    await page.locator("button.help").click();
    await page.locator("dialog input").uncheck();
    await page.locator("dialog button").click();
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await settle(page);
    expect(await page.locator("dialog[open]").count()).toBe(0);
    await context.close();
  });

  test("on a phone a filter is a sheet, and a chain a page of its own", async () => {
    const { page, context } = await own.openTab({ width: 390, hasTouch: true });
    await page.goto(`${own.viewer.url}#/demo/chains`);
    await page.locator(".list-head .filters").tap();
    await page.locator("#facets label", { hasText: "cheat" }).first().tap();
    await page.locator("#facets .done").tap();
    expect(await page.locator("#facets").isVisible()).toBe(false);
    await page.locator(".row").first().tap();
    await page.locator("h2.title").waitFor();
    expect(await page.locator(".list").isVisible()).toBe(false);
    await page.locator(".back").tap();
    expect(await page.locator(".list").isVisible()).toBe(true);
    expect(await page.evaluate("location.hash")).toContain("principle=cheat");
    // The bar is wider than the screen: the room that is open stands in it.
    await page.goto(`${own.viewer.url}#/demo/constitution`);
    await settle(page);
    const box = await page.locator("nav.rooms [aria-current]").boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 1000)).toBeLessThanOrEqual(390);
    await context.close();
  });

  test("rows that could not be had are said, and asked for again", async () => {
    const { page, context } = await own.openTab();
    let isBroken = true;
    await page.route(/chains\?.*from=100&/u, (route) =>
      isBroken
        ? route.fulfill({ status: 500, json: { error: { code: "failed", message: "The disk hiccups." } } })
        : route.continue(),
    );
    await page.goto(`${own.viewer.url}#/long/chains`);
    await settle(page);
    await page.locator("#list").evaluate((list) => list.scrollTo({ top: list.scrollHeight }));
    await page.getByText("The disk hiccups.").waitFor();
    // What is said takes place, so that the list is asked for once more.
    await settle(page);
    isBroken = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".row", { hasText: "q139" }).waitFor();
    expect(await page.getByText("The disk hiccups.").count()).toBe(0);
    await context.close();
  });

  test("curves of other runs lie on this run's, told apart by more than colour", async () => {
    const tab = await own.openTab();
    const { page } = tab;
    await own.goTo(tab, "#/demo/training");
    expect(await page.locator(".run-legend").count()).toBe(0);
    await page.locator(".chooser summary").focus();
    await page.keyboard.press("Enter");
    await page.locator(".chooser label", { hasText: "poisoned" }).click();
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/demo/training?with=poisoned");
    const legend = page.locator(".run-legend").first();
    await legend.waitFor();
    expect(await legend.locator("a").allTextContents()).toEqual(["demo", "poisoned"]);
    const looks = (of: string): Promise<string[]> =>
      page
        .locator(of)
        .first()
        .locator("[stroke][stroke-width='1.8']")
        .evaluateAll((found) => found.map((it) => it.getAttribute("stroke-dasharray") ?? "whole"));
    expect(await looks(".multiples svg")).toEqual(["whole", "6 4"]);
    expect(new Set(await looks(".run-legend"))).toEqual(new Set(["whole", "6 4"]));
    for (const look of looksOfPages) {
      const other = await own.openTab(look);
      await own.expectSound(other, "#/demo/training?with=poisoned&with=nobody", look.width);
      expect(await textOf(other.page, ".note")).toContain("nobody cannot be drawn beside it: No run nobody here.");
      await other.context.close();
    }
    await tab.context.close();
  });

  test("what is seen stays when the viewer is closed", async () => {
    const closed = await startViewer({ root: join(own.folder, "runs"), port: 0, pages: own.pages });
    const context = await own.newContext();
    const page = await context.newPage();
    await page.goto(closed.link);
    await page.locator(".runs a", { hasText: "demo" }).first().click();
    await page.locator("nav.rooms a", { hasText: "Chains" }).click();
    await page.locator("h2.title").waitFor();
    await settle(page);
    await closed.close();
    for (const _ of [1, 2, 3]) await page.keyboard.press("j");
    await page.locator(".gone").waitFor();
    expect(await textOf(page, "h2.title")).toMatch(/^how do i break/u);
    expect(await page.locator(".list .row").count()).toBeGreaterThan(5);
    await context.close();
  });

  test("the pages are at most 300 kB with type, scripts at most 90", () => {
    const sizes = readdirSync(join(own.pages, "assets")).map((name) => {
      const bytes = readFileSync(join(own.pages, "assets", name));
      return { name, size: name.endsWith(".woff2") ? bytes.length : gzipSync(bytes).length };
    });
    const sum = (wanted: (name: string) => boolean): number =>
      sizes.filter(({ name }) => wanted(name)).reduce((total, { size }) => total + size, 0);
    expect(sum((name) => name.endsWith(".js"))).toBeLessThanOrEqual(90_000);
    expect(sum((name) => !name.endsWith(".txt"))).toBeLessThanOrEqual(300_000);
    expect(readFileSync(join(own.pages, "index.html"), "utf8")).not.toMatch(/<style|style=|<script(?![^>]*src=)/u);
  });
});

/** Makes the text of one record as long as some logs have them. */
function makeHuge(file: string, id: string): void {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const longer = lines.map((line) => {
    const record = JSON.parse(line) as { id: string; response?: string };
    return record.id === id ? JSON.stringify({ ...record, response: `${record.response} ${huge}` }) : line;
  });
  writeFileSync(file, `${longer.join("\n")}\n`);
}
