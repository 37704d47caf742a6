import { type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { z } from "zod";
import { readFootprint } from "./served.ts";

/** A tab in a browser of its own, so that nothing is cached before it and its memory can be told apart. */
export interface Tab {
  /** The page that was opened last. */
  readonly page: () => Page;
  /** Opens an address in place of the page before; milliseconds from the navigation until a row holds the text. */
  readonly open: (url: string, rows: string, text: string) => Promise<number>;
  /** Types as a quick typist does; milliseconds from the last key until there are rows and every one holds the word. */
  readonly search: (query: string, rows: string, word: string) => Promise<number>;
  /** MiB of the tab's process, garbage included. */
  readonly footprint: () => Promise<number>;
  /** MiB of its JavaScript after a collection. */
  readonly scripts: () => Promise<number>;
  /** kB that the page has received, as they came over the wire. */
  readonly received: () => number;
  readonly close: () => Promise<void>;
}

/** Milliseconds between two keys: 100 words a minute. */
const betweenKeys = 120;
const patience = 120_000;

export async function openTab(): Promise<Tab> {
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-features=SpareRendererForSitePerProcess"],
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  context.setDefaultTimeout(patience);
  const whole = await browser.newBrowserCDPSession();
  let current = await watchPage(context);
  return {
    page: () => current.page,
    received: () => current.received(),
    open: async (url, rows, text) => {
      const before = current;
      current = await watchPage(context);
      await before.page.close();
      const { page } = current;
      await page.addInitScript(watch("shown", rows, `rows.some((row) => row.includes(${JSON.stringify(text)}))`));
      await page.goto(url, { waitUntil: "commit" });
      return inTime(page.evaluate<number>("globalThis.shown"), `The first rows of ${url}`);
    },
    search: async (query, rows, word) => {
      const { page } = current;
      const isFound = `rows.length > 0 && rows.every((row) => row.includes(${JSON.stringify(word)}))`;
      await page.evaluate(`${noteLastKey} ${watch("found", rows, isFound)} undefined;`);
      await page.keyboard.type(query, { delay: betweenKeys });
      const waited = "globalThis.found.then((at) => at - globalThis.lastKey)";
      return inTime(page.evaluate<number>(waited), `Rows of ${word}`);
    },
    footprint: () => readRenderer(whole),
    scripts: async () => {
      await current.session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await current.session.send("Runtime.getHeapUsage");
      return usedSize / 2 ** 20;
    },
    close: () => browser.close(),
  };
}

interface WatchedPage {
  readonly page: Page;
  readonly session: CDPSession;
  readonly received: () => number;
}

async function watchPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await session.send("Network.enable");
  // What would leave this machine fails at once, for every viewer alike.
  await session.send("Network.setBlockedURLs", { urls: ["https://*"] });
  return { page, session, received: () => bytes / 1000 };
}

const noteLastKey = 'addEventListener("keydown", () => { globalThis.lastKey = performance.now(); }, true);';

/** A promise in the page, by name, of when a test of the texts of its rows first held, looked at in every frame. */
const watch = (name: string, selector: string, test: string): string => `
  globalThis.${name} = new Promise((resolve) => {
    const look = () => {
      const seen = [...document.querySelectorAll(${JSON.stringify(selector)})];
      const rows = seen.map((row) => row.textContent);
      if (${test} && seen[0].getBoundingClientRect().height > 0) resolve(performance.now());
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });`;

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} are not there after ${patience / 1000} s`)), patience);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const processes = z.object({ processInfo: z.array(z.object({ type: z.string(), id: z.number() })) });

/** The largest of the renderers: one shows the page, another may be kept for the next. */
async function readRenderer(browser: CDPSession): Promise<number> {
  const { processInfo } = processes.parse(await browser.send("SystemInfo.getProcessInfo"));
  return Math.max(...processInfo.filter(({ type }) => type === "renderer").map(({ id }) => readFootprint(id)));
}
