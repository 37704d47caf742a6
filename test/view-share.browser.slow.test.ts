import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleaner } from "../src/project/index.ts";
import { shareRun } from "../src/view/index.ts";
import { RunSource } from "../src/view/server/run-source.ts";
import { writeFixtureRun } from "./fixtures/report-run.ts";
import { writeTracedRun } from "./fixtures/traced-run.ts";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

describe.skipIf(!existsSync(executablePath))("a page that was made to be sent", () => {
  const clean = cleaner({});
  let folder: string;
  let pages: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "precept-share-"));
    pages = join(folder, "pages");
    await build({ root: new URL("../viewer", import.meta.url).pathname, logLevel: "warn", build: { outDir: pages } });
    browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("opens from the disk without asking anybody: overview, a chain, its record, a search", async () => {
    const run = join(folder, "traced");
    await writeTracedRun(run, ["a-rope-chest", "the-old-well"]);
    const out = join(folder, "page.html");
    const { holds } = await shareRun({ root: run, out, pages, clean });
    expect(holds).toContain("2 chains with their requests and answers");
    const page = await browser.newPage();
    const requests: string[] = [];
    const noise: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => noise.push(message.text()));
    page.on("pageerror", (error) => noise.push(String(error)));
    const url = pathToFileURL(out).href;
    await page.goto(`${url}#/traced/chains?q=rope`);
    await page.locator("[role=option]").first().waitFor();
    expect(await page.locator("[role=option]").count()).toBe(1);
    await page.goto(`${url}#/traced/chain/a-rope-chest`);
    await page.getByText("Gently, with a key.").first().waitFor();
    await page.goto(`${url}#/traced/record/sl-cai/a-rope-chest/revision-1`);
    await page.getByText("sl-cai/records.jsonl").first().waitFor();
    expect(noise).toEqual([]);
    expect(requests.filter((one) => !one.startsWith("file:") && !one.startsWith("data:"))).toEqual([]);
    expect(
      await page.evaluate(() =>
        fetch("https://example.invalid/").then(
          () => "sent",
          () => "refused",
        ),
      ),
    ).toBe("refused");
    await page.close();
  });

  test("holds what the filter lets through and nothing else, notes only where they are asked for", async () => {
    const run = join(folder, "noted");
    await writeTracedRun(run, ["a-rope-chest", "the-old-well"]);
    const id = "sl-cai/a-rope-chest/example-1";
    const source = new RunSource(run);
    await source.mark("noted", [{ id, mark: "drop", note: "a secret note" }]);
    await source.close();
    const out = join(folder, "part.html");
    await shareRun({ root: run, out, pages, clean, filter: "q=rope" });
    const text = readFileSync(out, "utf8");
    expect(text).toContain("a-rope-chest");
    expect(text).not.toContain("the-old-well");
    expect(text).not.toContain("a secret note");
    expect(text).toContain('"mark":"drop","note":null,"by":null');
    const data = /id="precept-data">(.*?)<\/script>/su.exec(text)?.[1] ?? "";
    expect(data.split(folder)[1]?.slice(0, 80)).toBeUndefined();
    await shareRun({ root: run, out, pages, clean, filter: "q=rope", withNotes: true });
    expect(readFileSync(out, "utf8")).toContain("a secret note");
  });

  test("a folder for any web host answers the same", async () => {
    const run = join(folder, "demo");
    writeFixtureRun(run, { items: 3 });
    const out = join(folder, "share");
    await shareRun({ root: run, out, pages, clean });
    const page = await browser.newPage();
    // A host, without a socket.
    await page.route("http://host.example/**", async (route) => {
      const path = join(
        out,
        decodeURIComponent(new URL(route.request().url()).pathname).replace(/\/$/u, "/index.html"),
      );
      await (existsSync(path) ? route.fulfill({ path }) : route.fulfill({ status: 404, body: "" }));
    });
    await page.goto("http://host.example/#/demo/suites");
    await page.getByRole("link", { name: "18 items" }).click();
    await page.locator("[role=option]").first().waitFor();
    await page.goto("http://host.example/#/demo");
    await page.getByRole("heading", { name: "Violations" }).waitFor();
    await page.close();
  });
});
