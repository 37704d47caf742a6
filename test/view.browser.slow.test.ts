import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preceptHere } from "../src/cli/in-process.test-support.ts";
import { startViewer, type Viewer } from "../src/view/index.ts";
import { writeFixtureRun } from "./fixtures/report-run.ts";
import { writeTracedRun } from "./fixtures/traced-run.ts";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const isInstalled = existsSync(executablePath);
if (!isInstalled) console.warn(`view.browser.slow.test.ts skipped: no browser at ${executablePath}`);

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const reversed = "\u202E";
const poison = ` <script>window.broken = true</script><img src="https://example.invalid/x" onerror="window.broken = true"> ${reversed}evil\u0007`;
const huge = "five megabytes of words ".repeat(220_000);

const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
  [1440, 390].map((width) => ({ colorScheme, width, hasTouch: width === 390 })),
);

describe.skipIf(!isInstalled)("the viewer in a browser", () => {
  let folder: string;
  let pages: string;
  let viewer: Viewer;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "precept-view-"));
    pages = join(folder, "pages");
    await build({ root: new URL("../viewer", import.meta.url).pathname, logLevel: "warn", build: { outDir: pages } });
    writeFixtureRun(join(folder, "runs", "demo"));
    writeFixtureRun(join(folder, "runs", "poisoned"), { poison, items: 4 });
    makeHuge(join(folder, "runs", "poisoned", "sl-cai", "records.jsonl"), "sl-cai/p3/response-0");
    viewer = await startViewer({ root: join(folder, "runs"), port: 0, pages });
    browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
  });
  afterAll(async () => {
    await browser?.close();
    await viewer?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A tab with nothing of another's, and all that its pages asked for, said and were refused. */
  const openTab = async (look: Partial<(typeof looks)[number]> = {}): Promise<Tab> => {
    const { width = 1440, colorScheme = "light", hasTouch = false } = look;
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, hasTouch });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const tab: Tab = { context, page, requests: [], noise: [] };
    page.on("request", (request) => tab.requests.push(request.url()));
    page.on("console", (message) => tab.noise.push(message.text()));
    page.on("pageerror", (error) => tab.noise.push(String(error)));
    await page.addInitScript(
      "addEventListener('securitypolicyviolation', (e) => console.error('refused: ' + e.violatedDirective))",
    );
    await page.goto(viewer.link);
    await page.locator(".runs").waitFor();
    return tab;
  };
  const goTo = async ({ page }: Tab, fragment: string): Promise<void> => {
    await page.goto(`${viewer.url}${fragment}`);
    await settle(page);
  };
  const findRooms = async (tab: Tab, run: string): Promise<string[]> => {
    await goTo(tab, `#/${run}`);
    const links = tab.page.locator("nav.rooms a");
    return links.evaluateAll((found) => found.map((it) => it.getAttribute("href") ?? ""));
  };
  /** Every page there is: the rooms of the run by their links, and the first item of every list. */
  const findPages = async (tab: Tab): Promise<string[]> => {
    const rooms = await findRooms(tab, "demo");
    const found = ["#/", ...rooms];
    for (const room of rooms) {
      await goTo(tab, room);
      const rows = tab.page.locator(".list a.row[href], .principle-list a");
      if ((await rows.count()) > 0) found.push((await rows.first().getAttribute("href")) ?? "");
    }
    await goTo(tab, "#/demo/chain/p0");
    found.push((await tab.page.locator(".steps a.id").first().getAttribute("href")) ?? "");
    return found;
  };

  test.each(looks)(
    "no room breaks a rule of axe or is wider than the screen: $colorScheme, $width px",
    async (look) => {
      const tab = await openTab(look);
      const found = await findPages(tab);
      expect(found.length).toBeGreaterThanOrEqual(5);
      for (const fragment of found) {
        await goTo(tab, fragment);
        await tab.page.evaluate(axe);
        const violations = await tab.page.evaluate(
          `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 200)).join("; ")))`,
        );
        expect({ fragment, violations }).toEqual({ fragment, violations: [] });
        expect(await tab.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(look.width);
        expect(await tab.page.locator("h1").count()).toBe(1);
      }
      expect(tab.noise).toEqual([]);
      expect(tab.requests.filter((url) => !url.startsWith(viewer.url) && !url.startsWith("data:"))).toEqual([]);
      await tab.context.close();
    },
  );

  test("a link opens the same view in a browser that never was here", async () => {
    const first = await openTab();
    await goTo(first, "#/demo/chains?principle=cheat");
    await first.page.keyboard.press("j");
    await settle(first.page);
    const link = await first.page.evaluate<string>("location.href");
    expect(link).toContain("?principle=cheat");
    expect(link).not.toContain("token");
    const token = viewer.link.split("token=")[1] ?? "";
    const second = await openTab();
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
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${viewer.url}#/demo`);
    await page
      .getByText("Open the link that precept view printed", { exact: false })
      .or(page.getByText("`precept view` printed"))
      .first()
      .waitFor();
    await context.close();
  });

  test("records are text: markup, direction marks, five megabytes", async () => {
    const tab = await openTab();
    const rooms = await findRooms(tab, "poisoned");
    for (const room of [...rooms, "#/"]) {
      await goTo(tab, room);
      expect(await tab.page.evaluate(`document.body.innerText.includes(${JSON.stringify(reversed)})`)).toBe(false);
    }
    await goTo(tab, "#/poisoned/chain/p0");
    const text = tab.page.locator(".steps .text").first();
    expect(await text.textContent()).toContain("<script>window.broken = true</script>");
    expect(await text.locator(".sign").allTextContents()).toEqual(["U+202E", "U+0007"]);
    const hasReversed = (): Promise<boolean> =>
      tab.page.evaluate(`document.body.innerText.includes(${JSON.stringify(reversed)})`);
    expect(await hasReversed()).toBe(false);
    await goTo(tab, "#/poisoned/chain/p3");
    expect((await textOf(tab.page, ".steps .text"))?.length).toBeLessThan(110_000);
    await goTo(tab, "#/poisoned/record/sl-cai/p3/response-0");
    expect(await textOf(tab.page, "main")).toContain("five megabytes of words");
    expect(await hasReversed()).toBe(false);
    expect(await tab.page.evaluate("window.broken")).toBeUndefined();
    expect(tab.noise).toEqual([]);
    expect(tab.requests.filter((url) => !url.startsWith(viewer.url) && !url.startsWith("data:"))).toEqual([]);
    await tab.context.close();
  });

  test("keys alone lead from the runs to the principle behind an answer, and back", async () => {
    const { page, context } = await openTab();
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

  test("keys alone drop a row, and the exported set is without it", async () => {
    const run = join(folder, "runs", "traced");
    await writeTracedRun(run, ["box", "door", "window"]);
    const { page, context } = await openTab();
    await page.goto(`${viewer.url}#/traced/chains`);
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

  test("single keys can be switched off, and do nothing while one types", async () => {
    const { page, context } = await openTab();
    await page.goto(`${viewer.url}#/demo/chains`);
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
    const { page, context } = await openTab({ width: 390, hasTouch: true });
    await page.goto(`${viewer.url}#/demo/chains`);
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
    await context.close();
  });

  test("what is seen stays when the viewer is closed", async () => {
    const own = await startViewer({ root: join(folder, "runs"), port: 0, pages });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(own.link);
    await page.locator(".runs a", { hasText: "demo" }).first().click();
    await page.locator("nav.rooms a", { hasText: "Chains" }).click();
    await page.locator("h2.title").waitFor();
    await settle(page);
    await own.close();
    for (const _ of [1, 2, 3]) await page.keyboard.press("j");
    await page.locator(".gone").waitFor();
    expect(await textOf(page, "h2.title")).toMatch(/^how do i break/u);
    expect(await page.locator(".list .row").count()).toBeGreaterThan(5);
    await context.close();
  });

  test("the pages are at most 300 kB with type, scripts at most 90", () => {
    const sizes = readdirSync(join(pages, "assets")).map((name) => {
      const bytes = readFileSync(join(pages, "assets", name));
      return { name, size: name.endsWith(".woff2") ? bytes.length : gzipSync(bytes).length };
    });
    const sum = (wanted: (name: string) => boolean): number =>
      sizes.filter(({ name }) => wanted(name)).reduce((total, { size }) => total + size, 0);
    expect(sum((name) => name.endsWith(".js"))).toBeLessThanOrEqual(90_000);
    expect(sum((name) => !name.endsWith(".txt"))).toBeLessThanOrEqual(300_000);
    expect(readFileSync(join(pages, "index.html"), "utf8")).not.toMatch(/<style|style=|<script(?![^>]*src=)/u);
  });
});

interface Tab {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly requests: string[];
  readonly noise: string[];
}

/** Until everything that was asked for is there: an answer may lead to the next question, so nothing waits for a while. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.locator("main h1").waitFor({ state: "attached" });
  let quiet = 0;
  const countQuiet = async (): Promise<number> => {
    quiet = (await page.locator(".waiting").count()) === 0 ? quiet + 1 : 0;
    return quiet;
  };
  await expect.poll(countQuiet, { interval: 50, timeout: 30_000 }).toBeGreaterThanOrEqual(4);
}

/** Ids of the rows that the command line exports. */
async function exportRows(run: string): Promise<string[]> {
  const { code, stderr } = await preceptHere(["export", run, "--to", "trl"]);
  if (code !== 0) throw new Error(stderr);
  const lines = readFileSync(join(run, "datasets", "trl", "sft.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => (JSON.parse(line) as { id: string }).id);
}

const textOf = (page: Page, selector: string): Promise<string | null> => page.locator(selector).first().textContent();

/** Makes the text of one record as long as some logs have them. */
function makeHuge(file: string, id: string): void {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const longer = lines.map((line) => {
    const record = JSON.parse(line) as { id: string; response?: string };
    return record.id === id ? JSON.stringify({ ...record, response: `${record.response} ${huge}` }) : line;
  });
  writeFileSync(file, `${longer.join("\n")}\n`);
}
