import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeFixtureRun } from "../../test/fixtures/report-run.ts";
import { writeReport } from "./index.ts";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const isInstalled = existsSync(executablePath);
const timeout = 60_000;
if (!isInstalled)
  console.warn(`report.browser.test.ts skipped: no browser at ${executablePath} (apt-get install chromium)`);

const args = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
const poison = `<script>window.broken = true</script><img src="https://example.invalid/x" onerror="window.broken = true">`;

describe.skipIf(!isInstalled)("the report in a browser", () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let url: string;
  const noise: string[] = [];
  const requests: string[] = [];

  // One page for all tests: starting a browser is what takes long here.
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "precept-page-"));
    writeFixtureRun(folder, { items: 12, poison });
    url = pathToFileURL(await writeReport(folder)).href;
    browser = await chromium.launch({ executablePath, args, timeout });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: "light" });
    page.setDefaultTimeout(timeout);
    page.on("console", (message) => noise.push(message.text()));
    page.on("pageerror", (error) => noise.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(url);
  }, timeout);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const styleOf = (selector: string, property: string): Promise<string> =>
    page.evaluate(
      `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue("${property}")`,
    );

  it(
    "opens from disk without a request, an error or a script of a record's",
    async () => {
      expect(noise).toEqual([]);
      expect(requests.filter((request) => !request.startsWith("data:"))).toEqual([url]);
      expect(await page.evaluate("window.broken")).toBeUndefined();
      const count = (selector: string): Promise<number> => page.locator(selector).count();
      expect(await count("h1")).toBe(1);
      expect(await count("section")).toBe(13);
      expect(await count(".chart.wide svg[role=img]")).toBe(5);
    },
    timeout,
  );

  it(
    "is dark in the dark, charts included",
    async () => {
      const lightnesses = async (): Promise<number[]> => {
        const colours = [
          styleOf("body", "background-color"),
          styleOf("body", "color"),
          styleOf(".chart.wide svg text", "fill"),
        ];
        return (await Promise.all(colours)).map(lightness);
      };
      const [paper = 0, ink = 0, axis = 0] = await lightnesses();
      expect(paper).toBeGreaterThan(230);
      expect(ink).toBeLessThan(60);
      expect(axis).toBeLessThan(130);
      await page.emulateMedia({ colorScheme: "dark" });
      const [darkPaper = 0, darkInk = 0, darkAxis = 0] = await lightnesses();
      expect(darkPaper).toBeLessThan(40);
      expect(darkInk).toBeGreaterThan(200);
      expect(darkAxis).toBeGreaterThan(130);
      await page.emulateMedia({ colorScheme: "light" });
    },
    timeout,
  );

  it(
    "can be used by keyboard: skip link, contents, tables, chains",
    async () => {
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").textContent()).toBe("Skip to the report");
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").getAttribute("href")).toBe("#principles");
      const before = await page.locator("details[open]").count();
      await page.locator("details:not([open]) > summary").first().focus();
      await page.keyboard.press("Enter");
      expect(await page.locator("details[open]").count()).toBe(before + 1);
      expect(await page.locator(".scroll:is(div):not([role=region][tabindex='0'][aria-label])").count()).toBe(0);
    },
    timeout,
  );

  it(
    "opens a principle's page from a link to it",
    async () => {
      const tone = page.locator("details.page-of", { has: page.locator("#principle-tone") });
      expect(await tone.getAttribute("open")).toBeNull();
      await page.goto(`${url}#principle-tone`);
      expect(await tone.getAttribute("open")).not.toBeNull();
      expect(await tone.locator("table").count()).toBe(2);
      await page.goto(`${url}#answers`);
    },
    timeout,
  );

  it(
    "fits a phone: nothing but tables is wider than the screen",
    async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      expect(await styleOf(".chart.narrow", "display")).toBe("block");
      expect(await styleOf(".chart.wide", "display")).toBe("none");
    },
    timeout,
  );
});

/** Mean of the channels of "rgb(r, g, b)". */
function lightness(colour: string): number {
  const channels = [...colour.matchAll(/\d+/gu)].slice(0, 3).map(([channel]) => Number(channel));
  return channels.reduce((sum, channel) => sum + channel, 0) / channels.length;
}
