import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decisionsOf } from "../src/oversight/index.ts";
import { writeOversight } from "../src/oversight/oversight.test-support.ts";
import { shareRun } from "../src/view/index.ts";
import { linesOf, randomChain, writeRun } from "../src/view/random-chains.test-support.ts";
import { isBrowserInstalled, looks, settle, textOf, ViewerBrowser } from "./support/viewer-browser.ts";

describe.skipIf(!isBrowserInstalled)("the room Oversight", () => {
  let own: ViewerBrowser;
  beforeAll(async () => {
    own = await ViewerBrowser.open((runs) => {
      for (const name of ["seen", "edited", "plain"])
        writeRun(join(runs, name), linesOf(Array.from({ length: 6 }, (_, number) => randomChain(number))));
      for (const name of ["seen", "edited"]) writeOversight(join(runs, name));
      const path = decisionsOf(join(runs, "edited"));
      writeFileSync(path, readFileSync(path, "utf8").replace('"what": "pause"', '"what": "go-on"'));
    });
  });
  afterAll(() => own?.close());

  test.each(looks)("breaks no rule of axe: $colorScheme, $width px", async (look) => {
    const tab = await own.openTab(look);
    for (const fragment of ["#/seen/oversight", "#/edited/oversight"]) await own.expectSound(tab, fragment, look.width);
    own.expectQuiet(tab);
    await tab.context.close();
  });

  test("is reached by keys, and shows every kind with its figures, charts and chain", async () => {
    const tab = await own.openTab();
    const { page } = tab;
    await own.goTo(tab, "#/seen");
    await page.keyboard.press("g");
    await page.keyboard.press("v");
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/seen/oversight");
    await settle(page);
    expect(await page.locator("main h2").allTextContents()).toEqual([
      ...["Scaling policy", "Model card", "Debate", "Critique of critiques", "Process rewards", "Planted failures"],
      ...["How tendencies grow with parameters", "Over-optimisation"],
    ]);
    const records = page.getByRole("region", { name: "Decision records, the newest first" }).locator("tbody tr");
    expect(await records.count()).toBe(2);
    expect(await records.first().textContent()).toContain("Ada: pause");
    expect(await page.locator("#oversight-scaling-parameters svg").getAttribute("aria-label")).toContain(
      "foretold 0.31",
    );
    expect(await page.locator("#oversight-overoptimisation svg").count()).toBe(1);
    expect(await textOf(page, "#oversight-debate tbody tr:nth-child(3)")).toContain("78.0 %");
    await tab.context.close();
  });

  test("a run without oversight has no such room; an edited record is said", async () => {
    const tab = await own.openTab();
    expect(await own.findRooms(tab, "plain")).not.toContain("Oversight");
    await own.goTo(tab, "#/edited/oversight");
    expect(await textOf(tab.page, "main .note")).toContain("is not what was written");
    await tab.context.close();
  });

  test("goes along in a page that is sent", async () => {
    const out = join(own.folder, "page.html");
    await shareRun({ root: own.run("seen"), out, pages: own.pages, clean: (text) => text });
    const context = await own.newContext();
    const page = await context.newPage();
    await page.goto(`${pathToFileURL(out).href}#/seen/oversight`);
    await page.getByText("Planted failures").first().waitFor();
    await context.close();
  });
});
