import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { daysOf, eventOf, writeLog } from "../src/guard/audit-log.test-support.ts";
import { openAudit } from "../src/guard/index.ts";
import { linesOf, randomChain, writeRun } from "../src/view/random-chains.test-support.ts";
import { isBrowserInstalled, looks, settle, textOf, ViewerBrowser } from "./support/viewer-browser.ts";

const log = "guard-audit.jsonl";

describe.skipIf(!isBrowserInstalled)("the room Guard", () => {
  let own: ViewerBrowser;
  beforeAll(async () => {
    own = await ViewerBrowser.open((runs) => {
      writeRun(join(runs, "other"), linesOf([randomChain(1)]));
      const masked = { principles: ["privacy"], check: "pii.email", action: "mask", stage: "input" } as const;
      const events = daysOf(10, (day) => (day < 5 ? 2 : 12));
      writeLog(join(runs, log), [...events, eventOf({ id: "masked", ...masked, text: "SAID to nobody" })]);
    });
  });
  afterAll(() => own?.close());

  test.each(looks)("breaks no rule of axe, hidden and shown: $colorScheme, $width px", async (look) => {
    const tab = await own.openTab(look);
    for (const page of ["guard", "guard/summary", "guard/901", ""]) {
      await own.expectSound(tab, `#/${log}/${page}`, look.width);
    }
    await own.goTo(tab, `#/${log}/guard/901?action=block`);
    await tab.page.getByRole("button", { name: "Show texts" }).click();
    await tab.page.getByText("DAMN 901").waitFor();
    await own.expectSound(tab, `#/${log}/guard/901`, look.width);
    own.expectQuiet(tab);
    await tab.context.close();
  });

  test("says in all what the guard did, draws it over time, and leads to the texts behind a figure", async () => {
    const tab = await own.openTab();
    await own.goTo(tab, `#/${log}`);
    await tab.page.keyboard.press("g");
    await tab.page.keyboard.press("d");
    await tab.page.getByText("What the guard did", { exact: true }).waitFor();
    await settle(tab.page);
    expect(await textOf(tab.page, ".guard-summary .lede")).toBe("Of 1,001 texts, the guard acted on 71.");
    expect(await tab.page.locator(".guard-summary svg").getAttribute("aria-label")).toContain(
      "Share of texts acted on",
    );
    const drift = tab.page.locator("tr", { hasText: "rose" });
    expect(await drift.locator("th").textContent()).toBe("calm");
    await tab.page.locator(".guard-summary").getByRole("link", { name: "privacy" }).click();
    await expect.poll(() => tab.page.evaluate("location.hash")).toBe(`#/${log}/guard?principle=privacy`);
    await settle(tab.page);
    expect(await tab.page.locator(".row").count()).toBe(1);
    await tab.page.keyboard.press("j");
    await expect.poll(() => tab.page.evaluate("location.hash")).toBe(`#/${log}/guard/masked?principle=privacy`);
    await tab.context.close();
  });

  test("sends no text to the page before it is asked to", async () => {
    const tab = await own.openTab();
    const answers: string[] = [];
    tab.page.on("response", (response) => {
      if (response.url().includes("/api/")) void response.text().then((text) => answers.push(text));
    });
    await own.goTo(tab, `#/${log}/guard/901`);
    await own.goTo(tab, `#/${log}/guard`);
    expect(answers.length).toBeGreaterThanOrEqual(3);
    expect(answers.join("")).not.toMatch(/DAMN|SAID|answer \d/u);
    await own.goTo(tab, `#/${log}/guard/masked`);
    await tab.page.getByRole("button", { name: "Show texts" }).click();
    await tab.page.getByText("SAID to nobody").waitFor();
    await tab.page.getByRole("button", { name: "Hide texts" }).click();
    await expect.poll(() => tab.page.getByText("SAID to nobody").count()).toBe(0);
    await tab.context.close();
  });

  test("follows a log that a guard writes", async () => {
    const writer = openAudit(join(own.folder, "runs", log));
    const tab = await own.openTab();
    // What is followed is never idle.
    await tab.page.goto(`${own.viewer.url}#/${log}/guard`);
    await tab.page.locator(".guard-summary").waitFor();
    writer.append(eventOf({ id: "late", principles: ["late-principle"], action: "block" }));
    await tab.page.locator(".row", { hasText: "late-principle" }).waitFor();
    await expect.poll(() => textOf(tab.page, ".guard-summary .lede")).toContain("1,002 texts");
    writer.close();
    await tab.context.close();
  });
});
