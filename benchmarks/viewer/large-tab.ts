import { setTimeout } from "node:timers/promises";
import type { Served } from "./served.ts";
import { openTab } from "./tab.ts";

/** How much is done in the tab. */
export const steps = { chains: 40, jumps: 40 } as const;

/**
 * A tab in which somebody searches, walks from chain to chain and jumps through the whole list. Returns the milliseconds until its
 * first rows and the most MiB that its process was seen to hold after any step.
 */
export async function measureTab(
  served: Served,
  run: string,
  words: readonly string[],
): Promise<{ readonly first: number; readonly peak: number }> {
  const tab = await openTab();
  let peak = 0;
  const look = async (): Promise<void> => {
    await setTimeout(150);
    peak = Math.max(peak, await tab.footprint());
  };
  try {
    const first = await tab.open(`${served.url}#/${run}/chains?token=${served.token}`, "#list a.row", "");
    await look();
    const page = tab.page();
    const status = page.locator(".list-head [role=status]");
    for (const word of words) {
      await page.locator("#search").fill(word);
      await status.getByText(" of ").waitFor();
      await look();
      await page.locator("#search").fill("");
      await status.getByText(" of ").waitFor({ state: "detached" });
    }
    await page.locator("#list").focus();
    for (let i = 0; i < steps.chains; i++) {
      await page.keyboard.press("j");
      await look();
    }
    for (let i = 1; i <= steps.jumps; i++) {
      const top = `(list) => list.scrollTo({ top: (list.scrollHeight * ${i}) / ${steps.jumps}, behavior: "instant" })`;
      await page.locator("#list").evaluate(top);
      await look();
    }
    return { first, peak };
  } finally {
    await tab.close();
  }
}
