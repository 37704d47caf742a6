import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { daysOf, eventOf, writeLog } from "../src/guard/audit-log.test-support.ts";
import { writeFindings } from "../src/inside/inside.test-support.ts";
import { findStrategies, prose } from "../src/redteam/index.ts";
import { summariseRedteam } from "../src/redteam/summary.ts";
import { writeGuardReport, writeReport } from "../src/report/index.ts";
import { someAttempts, someFindings, writeAttackedRun } from "../src/view/attacks/attacks.test-support.ts";
import { writeFixtureRun } from "./fixtures/report-run.ts";
import { looks } from "./support/viewer-browser.ts";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

describe.skipIf(!existsSync(executablePath))(
  "the pages of a guard's log, of a red team, and of a run that was looked into",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "precept-report-pages-"));
    let browser: Browser;
    beforeAll(async () => {
      const log = join(folder, "audit.jsonl");
      const masked = { principles: ["privacy"], check: "pii.email", action: "mask" } as const;
      writeLog(log, [
        ...daysOf(10, (day) => (day < 5 ? 2 : 12)),
        eventOf({ ...masked, text: "a@b.c", evidence: "a@b.c" }),
      ]);
      await writeGuardReport(log, join(folder, "guard.html"));
      const summary = await summariseRedteam(each(someAttempts), {
        ...{ target: "demo@rl-cai", judge: "judge-1", isGuarded: true, goals: 4, findings: 2, seed: 1, budget: 99 },
        principles: ["prices", "calm"],
        strategies: findStrategies(["persuasion", "pair"]),
        techniques: prose.techniques,
      });
      for (const [name, showAttacks] of [
        ["hidden", false],
        ["shown", true],
      ] as const) {
        writeAttackedRun(join(folder, name), someAttempts, someFindings, summary);
        await writeReport(join(folder, name), { showAttacks });
      }
      writeFixtureRun(join(folder, "looked"), { items: 4 });
      writeFindings(join(folder, "looked"));
      await writeReport(join(folder, "looked"));
      browser = await chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
    });
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true });
    });

    test.each(looks)(
      "break no rule of axe, and are no wider than the screen: $colorScheme, $width px",
      async (look) => {
        const { width, colorScheme, hasTouch } = look;
        // Axe is a script, which the pages' own policy refuses.
        const options = { viewport: { width, height: 900 }, colorScheme, hasTouch, bypassCSP: true };
        const context = await browser.newContext(options);
        for (const file of ["guard.html", "hidden/report.html", "shown/report.html", "looked/report.html"]) {
          const page = await context.newPage();
          const asked: string[] = [];
          page.on("request", (request) => asked.push(request.url()));
          await page.goto(`file://${join(folder, file)}`);
          expect(asked.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
          // What is folded is looked at too.
          await page.evaluate(
            "document.querySelectorAll('#inside-answers details, #features details').forEach((one) => { one.open = true; })",
          );
          await page.evaluate(axe);
          const found = `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 200)).join("; ")))`;
          expect({ file, violations: await page.evaluate(found) }).toEqual({ file, violations: [] });
          expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
          await page.close();
        }
        await context.close();
      },
    );
  },
);
