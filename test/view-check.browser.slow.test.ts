import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeCheckedRun } from "./support/checked-run.ts";
import { isBrowserInstalled, looks, textOf, ViewerBrowser } from "./support/viewer-browser.ts";

describe.skipIf(!isBrowserInstalled)("a check in the viewer", () => {
  let own: ViewerBrowser;
  beforeAll(async () => {
    own = await ViewerBrowser.open(async (runs) => {
      await writeCheckedRun(join(runs, ".."));
    });
  });
  afterAll(() => own?.close());

  test.each(looks)("breaks no rule of axe, item by item: $colorScheme, $width px", async (look) => {
    const tab = await own.openTab(look);
    await own.goTo(tab, "#/");
    const run = (await tab.page.locator(".runs a").first().getAttribute("href")) ?? "";
    const rooms = await own.findRooms(tab, run.replace(/^#\//u, ""));
    expect(rooms.map((room) => room.split("/").at(-1))).toEqual([expect.any(String), "suites", "constitution"]);
    for (const room of rooms) await own.expectSound(tab, room, look.width);
    await own.goTo(tab, `${run}/suite/check`);
    expect(await textOf(tab.page, ".list-head [role=status]")).toBe("15 items");
    // What the judge broke, kept, found not at stake, and did not say.
    for (const [door, verdict] of Object.entries({ 0: "breaks", 1: "keeps", 2: "not at stake", 4: "no verdict" })) {
      await own.goTo(tab, `${run}/suite/check?q=${encodeURIComponent(`"door ${door}"`)}`);
      const item = await tab.page.locator(".list a.row[href]").first().getAttribute("href");
      await own.expectSound(tab, item ?? "", look.width);
      expect(await textOf(tab.page, ".answer-list .step-head")).toMatch(new RegExp(`^bot.*${verdict}`, "u"));
      expect(await textOf(tab.page, ".detail")).not.toContain("http:");
    }
    own.expectQuiet(tab);
    await tab.context.close();
  });
});
