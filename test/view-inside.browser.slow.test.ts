import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { foundNames, writeFindings } from "../src/inside/inside.test-support.ts";
import { shareRun } from "../src/view/index.ts";
import { linesOf, randomChain, writeRun } from "../src/view/random-chains.test-support.ts";
import { isBrowserInstalled, looks, settle, textOf, ViewerBrowser } from "./support/viewer-browser.ts";

const { dictionary, feature, example } = foundNames;
const chains = Array.from({ length: 12 }, (_, number) => randomChain(number));

describe.skipIf(!isBrowserInstalled)("the room Inside", () => {
  let own: ViewerBrowser;
  beforeAll(async () => {
    own = await ViewerBrowser.open((runs) => {
      for (const name of ["looked", "trained"]) {
        writeRun(join(runs, name), linesOf(chains));
        mkdirSync(join(runs, name, "sl-cai", "checkpoint"), { recursive: true });
      }
      writeFindings(join(runs, "looked"));
    });
  });
  afterAll(() => own?.close());

  const answerOf = async (): Promise<string> => {
    const tab = await own.openTab();
    await own.goTo(tab, "#/looked/inside");
    const href = await tab.page.locator(".traced a").first().getAttribute("href");
    await tab.context.close();
    return href ?? "";
  };

  test.each(looks)("breaks no rule of axe on any of its pages: $colorScheme, $width px", async (look) => {
    const answer = await answerOf();
    const tab = await own.openTab(look);
    const pages = [
      ...["#/looked/inside", "#/trained/inside", answer, `#/looked/inside/features/${dictionary}`],
      ...[`#/looked/inside/features/${dictionary}/${feature}`, `#/looked/inside/features/${dictionary}/9`],
      ...[`#/looked/inside/examples/${example}`, "#/looked/inside/examples/sl-cai/p-00009/example-0"],
    ];
    for (const fragment of pages) await own.expectSound(tab, fragment, look.width);
    own.expectQuiet(tab);
    await tab.context.close();
  });

  test("leads by keys from a run to an answer, its training example, and what that caused", async () => {
    const tab = await own.openTab();
    const { page } = tab;
    const hash = (): Promise<string> => page.evaluate("location.hash");
    await own.goTo(tab, "#/looked");
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await expect.poll(hash).toBe("#/looked/inside");
    await settle(page);
    await page.getByRole("link", { name: "where does ana live ?" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(hash).toMatch(/^#\/looked\/inside\/answers\//u);
    await settle(page);
    expect(await page.locator(".traced-examples > li").count()).toBe(1);
    await page.getByRole("button", { name: "BM25" }).click();
    expect(await textOf(page, ".traced-examples .places .by dd")).toBe("1.");
    expect(await page.locator(".traced-examples > li").count()).toBe(2);
    expect(await textOf(page, ".traced-examples > li")).toContain("that I keep .");
    await page.getByRole("link", { name: example }).click();
    await settle(page);
    expect(await textOf(page, "main")).toContain("Answers that it shaped");
    await page.getByRole("link", { name: `${dictionary}/${feature}` }).click();
    await settle(page);
    expect(await textOf(page, "h1")).toBe(`Feature ${feature}`);
    await page.keyboard.press("Escape");
    await expect.poll(hash).toBe(`#/looked/inside/features/${dictionary}`);
    await settle(page);
    await page.keyboard.press("Escape");
    await expect.poll(hash).toBe("#/looked/inside");
    await tab.context.close();
  });

  test("a feature's page colours words by its activation and says what taking it out does", async () => {
    const tab = await own.openTab();
    await own.goTo(tab, `#/looked/inside/features/${dictionary}/${feature}`);
    const first = tab.page.locator(".interval-examples li").first();
    expect(await first.locator(".heat-4").allTextContents()).toEqual(["does"]);
    expect(await first.locator(".heat-2").allTextContents()).toEqual(["rosa"]);
    expect(await first.locator(".without-falls").allTextContents()).toEqual(["rosa"]);
    expect(await textOf(tab.page, ".interval-examples li .meta")).toBe(
      "6.00 at “does” · without it: rosa −0.70, live +0.20",
    );
    expect(await tab.page.locator(".interval-examples h3").allTextContents()).toEqual([
      "Highest",
      "Activation 1.00 to 2.00",
    ]);
    expect(await tab.page.locator(".feature-charts svg").getAttribute("aria-label")).toBe(
      "Tokens by activation: privacy holds 3, others 3",
    );
    await tab.context.close();
  });

  test("a training row leads to what it caused, and a question without an index to the command that makes one", async () => {
    const row = chains.flat().find(({ type }) => type === "sl-example");
    const tab = await own.openTab();
    await own.goTo(tab, `#/trained/chain/${String(row?.["promptId"])}`);
    await tab.page.getByRole("link", { name: "What it caused" }).click();
    await settle(tab.page);
    expect(await textOf(tab.page, "h1")).toBe(String(row?.["id"]));
    await tab.page.getByRole("link", { name: "Trace its own completion" }).click();
    await settle(tab.page);
    const answer = tab.page.getByLabel("Answer", { exact: true });
    await expect.poll(() => answer.inputValue()).toBe(String(row?.["completion"]));
    expect(await tab.page.getByRole("button", { name: "Trace it" }).isDisabled()).toBe(true);
    expect(await textOf(tab.page, ".ask .note")).toContain("precept attribute");
    await tab.context.close();
  });

  test("goes along in a page that is sent, without the question", async () => {
    const out = join(own.folder, "page.html");
    await shareRun({ root: own.run("looked"), out, pages: own.pages, clean: (text) => text });
    const context = await own.newContext();
    const page = await context.newPage();
    await page.goto(`${pathToFileURL(out).href}#/looked/inside`);
    await page.getByText("where does ana live ?").first().waitFor();
    expect(await page.locator(".ask").count()).toBe(0);
    await page.goto(`${pathToFileURL(out).href}#/looked/inside/features/${dictionary}/${feature}`);
    await page.getByText("Nearest of another seed").waitFor();
    await context.close();
  });
});
