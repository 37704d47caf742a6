import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPages } from "../examples/lengths/build.ts";
import { lengthsRoom } from "../examples/lengths/served.ts";
import { servedRooms, shareRun } from "../src/view/index.ts";
import { linesOf, randomChain, writeRun } from "../src/view/random-chains.test-support.ts";
import { isBrowserInstalled, looks, settle, ViewerBrowser } from "./support/viewer-browser.ts";

const rooms = [...servedRooms, lengthsRoom];

describe.skipIf(!isBrowserInstalled)("a further room", () => {
  let own: ViewerBrowser;
  beforeAll(async () => {
    const chains = Array.from({ length: 60 }, (_, i) => randomChain(i));
    own = await ViewerBrowser.open((runs) => writeRun(join(runs, "demo"), linesOf(chains)), { buildPages, rooms });
  });
  afterAll(() => own?.close());

  test("stands in the bar, behind its key and its address, beside the viewer's own", async () => {
    const tab = await own.openTab();
    await own.goTo(tab, "#/demo");
    expect((await tab.page.locator("nav.rooms a").allTextContents()).at(-1)).toBe("Lengths");
    await tab.page.keyboard.press("g");
    await tab.page.keyboard.press("w");
    await expect.poll(() => tab.page.evaluate("location.hash")).toBe("#/demo/lengths");
    await settle(tab.page);
    await tab.page.locator(".neighbours a").first().click();
    await expect.poll(() => tab.page.evaluate("location.hash")).toMatch(/^#\/demo\/chain\//u);
    await tab.context.close();
  });

  test.each(looks)("breaks no rule of axe: $colorScheme, $width px", async (look) => {
    const tab = await own.openTab(look);
    await own.expectSound(tab, "#/demo/lengths", look.width);
    own.expectQuiet(tab);
    await tab.context.close();
  });

  test("goes along in a page that is sent", async () => {
    const out = join(own.folder, "page.html");
    await shareRun({ root: own.run("demo"), out, pages: own.pages, rooms, clean: (text) => text });
    const context = await own.newContext();
    const page = await context.newPage();
    await page.goto(`${pathToFileURL(out).href}#/demo/lengths`);
    await page.getByText("revised answers").waitFor();
    await context.close();
  });
});
