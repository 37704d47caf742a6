/**
 * A picture of the top of a page, small enough to be committed. Usage: npm run screenshot -- PAGE.html[#PLACE] OUT.png [HEIGHT] [WIDTH]
 * CHROMIUM names a browser other than /usr/bin/chromium.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const LARGEST = 200_000;
const [page, out, height = "900", width = "1000"] = process.argv.slice(2);
if (page === undefined || out === undefined) {
  console.error("usage: npm run screenshot -- PAGE.html[#PLACE] OUT.png [HEIGHT] [WIDTH]");
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const tab = await browser.newPage({
    viewport: { width: Number(width), height: Number(height) },
    colorScheme: "light",
  });
  const [path = page, place = ""] = page.split(/(?=#)/);
  await tab.goto(`${pathToFileURL(resolve(path)).href}${place}`);
  await tab.waitForSelector("h1");
  await tab.evaluate("document.fonts.ready.then(() => undefined)");
  await tab.screenshot({ path: out });
} finally {
  await browser.close();
}
const { size } = statSync(out);
console.log(`${out}: ${Math.round(size / 1000)} kB`);
if (size > LARGEST) {
  console.error(`larger than ${LARGEST / 1000} kB: take a smaller height`);
  process.exitCode = 1;
}
