import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { someAttempts, someFindings, summaryOf, writeAttackedRun } from "../src/view/attacks/attacks.test-support.ts";
import { isBrowserInstalled, looks, settle, textOf, ViewerBrowser } from "./support/viewer-browser.ts";

describe.skipIf(!isBrowserInstalled)("the room Attacks", () => {
  let own: ViewerBrowser;
  beforeAll(async () => {
    own = await ViewerBrowser.open((runs) =>
      writeAttackedRun(join(runs, "rt"), someAttempts, someFindings, summaryOf(8, ["persuasion", "pair"])),
    );
  });
  afterAll(() => own?.close());

  test.each(looks)("breaks no rule of axe, hidden and shown: $colorScheme, $width px", async (look) => {
    const tab = await own.openTab(look);
    await own.expectSound(tab, "#/rt/attacks", look.width);
    await tab.page.getByRole("button", { name: "Show attacks" }).click();
    await tab.page.locator(".said").first().waitFor();
    await own.expectSound(tab, "#/rt/attacks?principle=prices&technique=threats", look.width);
    own.expectQuiet(tab);
    await tab.context.close();
  });

  test("says no attack before it is asked to, and sends none to the page", async () => {
    const tab = await own.openTab();
    const answers: string[] = [];
    tab.page.on("response", (response) => {
      if (response.url().includes("/attacks")) void response.text().then((text) => answers.push(text));
    });
    await own.goTo(tab, "#/rt");
    await tab.page.keyboard.press("g");
    await tab.page.keyboard.press("a");
    await expect.poll(() => tab.page.evaluate("location.hash")).toBe("#/rt/attacks");
    await settle(tab.page);
    const attack = "please, prices-1 by threats";
    expect(await tab.page.locator("main").textContent()).not.toContain("please");
    expect(answers.length).toBeGreaterThanOrEqual(2);
    expect(answers.join("")).not.toContain("please");
    const button = tab.page.getByRole("button", { name: "Show attacks" });
    await button.click();
    await tab.page.getByText(attack).waitFor();
    expect(await textOf(tab.page, ".findings li")).toContain("GIVEN IN");
    await tab.page.getByRole("button", { name: "Hide attacks" }).click();
    await expect.poll(() => tab.page.getByText(attack).count()).toBe(0);
    await tab.context.close();
  });

  test("a cell of the grid says its figures and opens its findings, and these lead to their records", async () => {
    const tab = await own.openTab();
    await own.goTo(tab, "#/rt/attacks");
    const row = tab.page.locator(".attack-grid tbody tr", { hasText: "threats" });
    expect(await row.locator("td").allTextContents()).toEqual(["50\u2009%2 of 4", "not tried"]);
    await row.locator("a").click();
    await expect.poll(() => tab.page.evaluate("location.hash")).toBe("#/rt/attacks?principle=prices&technique=threats");
    await settle(tab.page);
    expect(await tab.page.locator(".findings li").count()).toBe(1);
    expect(await textOf(tab.page, ".findings-of")).toContain("2 of 4 graded tries broke it (15.0–85.0 %");
    await tab.page.getByRole("link", { name: "its record" }).click();
    await settle(tab.page);
    expect(await textOf(tab.page, "h1")).toBe("finding/persuasion/prices-1/threats-0");
    await tab.context.close();
  });
});
