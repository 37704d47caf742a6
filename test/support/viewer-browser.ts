import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { expect } from "vitest";
import { type ServedRoom, startViewer, type Viewer } from "../../src/view/index.ts";

export const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
export const isBrowserInstalled = existsSync(executablePath);
if (!isBrowserInstalled) console.warn(`the viewer's browser tests are skipped: no browser at ${executablePath}`);

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Every look that a page is held to. */
export const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
  [1440, 390].map((width) => ({ colorScheme, width, hasTouch: width === 390 })),
);
export type Look = (typeof looks)[number];

/** A tab, and all that its pages asked for, said and were refused. */
export interface Tab {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly requests: string[];
  readonly noise: string[];
}

interface Further {
  readonly buildPages?: ((outDir: string) => Promise<void>) | undefined;
  readonly rooms?: readonly ServedRoom[] | undefined;
}

async function buildOwnPages(outDir: string): Promise<void> {
  const root = new URL("../../viewer", import.meta.url).pathname;
  await build({ root, logLevel: "warn", build: { outDir } });
}

/** Test support: the viewer of some runs, its pages built from their source, and a browser. */
export class ViewerBrowser {
  readonly folder: string;
  /** The built pages. */
  readonly pages: string;
  readonly viewer: Viewer;
  readonly #browser: Browser;

  private constructor(folder: string, viewer: Viewer, browser: Browser) {
    this.folder = folder;
    this.pages = join(folder, "pages");
    this.viewer = viewer;
    this.#browser = browser;
  }

  /** @param write puts runs into a folder. */
  static async open(write: (runs: string) => void | Promise<void>, further: Further = {}): Promise<ViewerBrowser> {
    const { buildPages = buildOwnPages, rooms } = further;
    const folder = mkdtempSync(join(tmpdir(), "precept-view-"));
    const pages = join(folder, "pages");
    await buildPages(pages);
    await write(join(folder, "runs"));
    const viewer = await startViewer({ root: join(folder, "runs"), port: 0, pages, rooms });
    const browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
    return new ViewerBrowser(folder, viewer, browser);
  }

  run(name: string): string {
    return join(this.folder, "runs", name);
  }

  async newContext(look: Partial<Look> = {}): Promise<BrowserContext> {
    const { width = 1440, colorScheme = "light", hasTouch = false } = look;
    return this.#browser.newContext({ viewport: { width, height: 900 }, colorScheme, hasTouch });
  }

  /** A tab with nothing of another's, at the list of runs. */
  async openTab(look: Partial<Look> = {}): Promise<Tab> {
    const context = await this.newContext(look);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const tab: Tab = { context, page, requests: [], noise: [] };
    page.on("request", (request) => tab.requests.push(request.url()));
    page.on("console", (message) => tab.noise.push(message.text()));
    page.on("pageerror", (error) => tab.noise.push(String(error)));
    await page.addInitScript(
      "addEventListener('securitypolicyviolation', (e) => console.error('refused: ' + e.violatedDirective))",
    );
    await page.goto(this.viewer.link);
    await page.locator("main").waitFor();
    return tab;
  }

  async goTo({ page }: Tab, fragment: string): Promise<void> {
    await page.goto(`${this.viewer.url}${fragment}`);
    await settle(page);
  }

  /** Links to the rooms of a run. */
  async findRooms(tab: Tab, run: string): Promise<string[]> {
    await this.goTo(tab, `#/${run}`);
    const links = tab.page.locator("nav.rooms a");
    return links.evaluateAll((found) => found.map((it) => it.getAttribute("href") ?? ""));
  }

  /** Rules that a page breaks, parts that are wider than the screen, headings too many. */
  async expectSound(tab: Tab, fragment: string, width: number): Promise<void> {
    await this.goTo(tab, fragment);
    const violations = await findAxeFaults(tab.page);
    expect({ fragment, violations }).toEqual({ fragment, violations: [] });
    expect(await tab.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(await tab.page.locator("h1").count()).toBe(1);
  }

  /** Nothing was said on the console, nothing asked for elsewhere. */
  expectQuiet(tab: Tab): void {
    expect(tab.noise).toEqual([]);
    expect(tab.requests.filter((url) => !url.startsWith(this.viewer.url) && !url.startsWith("data:"))).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.viewer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Rules of axe that a page breaks, with the elements that do. */
export async function findAxeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(
    `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 200)).join("; ")))`,
  );
}

/** Until everything that was asked for is there: an answer may lead to the next question, so nothing waits for a while. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle", { timeout: 60_000 });
  await page.locator("main h1").waitFor({ state: "attached" });
  let quiet = 0;
  const countQuiet = async (): Promise<number> => {
    quiet = (await page.locator(".waiting").count()) === 0 ? quiet + 1 : 0;
    return quiet;
  };
  await expect.poll(countQuiet, { interval: 50, timeout: 30_000 }).toBeGreaterThanOrEqual(4);
}

export const textOf = (page: Page, selector: string): Promise<string | null> =>
  page.locator(selector).first().textContent();
