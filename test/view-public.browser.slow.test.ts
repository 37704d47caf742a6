import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provenanceAs, writeTown } from "../src/view/public/public.test-support.ts";
import { linesOf, principles, randomChain, writeRun } from "../src/view/random-chains.test-support.ts";
import { isBrowserInstalled, looks, settle, textOf, ViewerBrowser } from "./support/viewer-browser.ts";

describe.skipIf(!isBrowserInstalled)("the room Public", () => {
  let own: ViewerBrowser;
  beforeAll(async () => {
    own = await ViewerBrowser.open(async (runs) => {
      const chains = Array.from({ length: 12 }, (_, number) => randomChain(number));
      writeRun(join(runs, "taught"), linesOf(chains));
      writeFileSync(join(runs, "taught", "provenance.json"), JSON.stringify(provenanceAs(principles)));
      await writeTown(join(runs, "town"), ["kindness", "plainness"]);
    });
  });
  afterAll(() => own?.close());

  test.each(looks)("breaks no rule of axe: $colorScheme, $width px", async (look) => {
    const tab = await own.openTab(look);
    await own.expectSound(tab, "#/taught/public", look.width);
    await own.expectSound(tab, "#/taught/public/danger", look.width);
    await own.expectSound(tab, "#/town/public/plainness", look.width);
    await own.expectSound(tab, "#/taught/principle/danger", look.width);
    own.expectQuiet(tab);
    await tab.context.close();
  });

  test("leads by keys from the map to a principle, its statements, and what it did in the run", async () => {
    const tab = await own.openTab();
    const { page } = tab;
    await own.goTo(tab, "#/taught");
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/taught/public");
    await settle(page);
    expect(await textOf(page, "main")).toContain("60 people");
    expect(await page.locator(".opinion-map svg").getAttribute("aria-label")).toBe(
      "A map of 60 people. group 1: 30. group 2: 30",
    );
    const firstText = (): Promise<string | null> => textOf(page, ".public-statement .statement-text");
    expect(await firstText()).toMatch(/^It should (?:not help anybody|answer in plain words)/u);
    await page.getByRole("button", { name: "Where groups differ" }).click();
    expect(await firstText()).toMatch(/^It should talk about/u);

    await page.getByRole("link", { name: "Choose the response that keeps danger best." }).click();
    await settle(page);
    expect(await page.evaluate("location.hash")).toBe("#/taught/public/danger");
    expect(await textOf(page, ".second")).toContain("✓ ratified by 90.0 %");
    expect(await page.locator(".public-statement").count()).toBe(2);
    // Everybody and two groups; of the second statement the groups are too small.
    expect(await page.locator(".public-statement .vote-line").count()).toBe(6);
    expect(await page.locator(".public-statement .vote-line .meta").count()).toBe(2);
    await page.keyboard.press("j");
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/taught/public/help");
    await settle(page);
    await page.getByRole("link", { name: "What it did in this run" }).click();
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/taught/principle/help");
    await settle(page);
    await page.locator(".principle-main .public-link").click();
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/taught/public/help");
    await settle(page);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/taught/public");
    await tab.context.close();
  });

  test("is reached from the principle of a training example", async () => {
    const tab = await own.openTab();
    const { page } = tab;
    const chain = Array.from({ length: 12 }, (_, number) => randomChain(number)).find((records) =>
      records.some(({ type, outcome }) => type === "revision" && outcome === "usable"),
    );
    const promptId = String(chain?.[0]?.["promptId"]);
    await own.goTo(tab, `#/taught/chain/${promptId}`);
    const link = page.locator(".public-link").first();
    const principle = String(await link.getAttribute("href"))
      .split("/")
      .at(-1);
    await link.click();
    await expect.poll(() => page.evaluate("location.hash")).toBe(`#/taught/public/${principle}`);
    await settle(page);
    expect(await textOf(page, "h1")).toBe(principle);
    await tab.context.close();
  });
});
