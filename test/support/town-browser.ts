import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { expect } from "vitest";
import { z } from "zod";
import type { Vote } from "../../src/collective/index.ts";
import { configurationSchema, type RunningSite, startSite } from "../../src/collective/site/index.ts";
import { executablePath, findAxeFaults, type Look } from "./viewer-browser.ts";

/** Somebody's tab, and what its pages said and were refused. */
export interface TownTab {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly noise: string[];
}

const tokenSchema = z.object({ token: z.string() });

/** Test support: a conversation that is open, its pages built from their source, a browser, and people without one. */
export class TownBrowser {
  readonly folder: string;
  readonly running: RunningSite;
  readonly failures: unknown[] = [];
  readonly #root: string;
  readonly #browser: Browser;
  #keys = 0;

  private constructor(root: string, running: RunningSite, browser: Browser) {
    this.#root = root;
    this.folder = join(root, "town");
    this.running = running;
    this.#browser = browser;
  }

  static async open(configuration: Readonly<Record<string, unknown>>): Promise<TownBrowser> {
    const root = mkdtempSync(join(tmpdir(), "precept-town-"));
    const pages = join(root, "pages");
    const source = new URL("../../viewer/town", import.meta.url).pathname;
    await build({ root: source, logLevel: "warn", build: { outDir: pages } });
    const running = await startSite({
      ...{ folder: join(root, "town"), port: 0, pages },
      configuration: configurationSchema.parse(configuration),
      onFailure: (error) => expect.fail(String(error)),
    });
    const browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
    return new TownBrowser(root, running, browser);
  }

  get statements(): string[] {
    return [...this.running.site.state.statements.keys()];
  }

  async openTab(url: string, look: Partial<Look> & { readonly locale?: string } = {}): Promise<TownTab> {
    const { width = 1440, colorScheme = "light", hasTouch = false, locale = "en" } = look;
    const viewport = { width, height: width < 500 ? 844 : 900 };
    const context = await this.#browser.newContext({ viewport, colorScheme, hasTouch, locale });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const noise: string[] = [];
    page.on("console", (message) => noise.push(message.text()));
    page.on("pageerror", (error) => noise.push(String(error)));
    await page.goto(url);
    return { context, page, noise };
  }

  /** Somebody who votes without a browser. */
  async join(): Promise<string> {
    return tokenSchema.parse(await this.post("join", "", {})).token;
  }

  async vote(token: string, statement: string, vote: Vote): Promise<void> {
    await this.post("votes", token, { statement, vote, key: `browserless-${this.#keys++}` });
  }

  async ratify(token: string, principle: string, vote: Vote): Promise<void> {
    await this.post("ballot", token, { principle, vote, key: `browserless-${this.#keys++}` });
  }

  async post(path: string, token: string, body: unknown): Promise<unknown> {
    const headers = { "content-type": "application/json", "x-precept-voter": token };
    const response = await fetch(`${this.running.url}api/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect([path, response.status]).toEqual([path, 200]);
    return response.json();
  }

  /** Nothing breaks a rule of axe, nothing is wider than the screen, and there is one heading of the first rank. */
  async expectSound({ page, noise }: TownTab, what: string): Promise<void> {
    expect({ what, faults: await findAxeFaults(page) }).toEqual({ what, faults: [] });
    const width = page.viewportSize()?.width ?? 0;
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect(await page.locator("h1").count()).toBe(1);
    expect(noise).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.running.close();
    rmSync(this.#root, { recursive: true, force: true });
  }
}
