import { join, relative } from "node:path";
import { duration } from "../../progress/index.ts";
import { readReport } from "../../report/index.ts";
import { runStep, stepNames, withSession } from "../compose.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { committedRoles } from "../harbor.ts";
import { pageOf } from "../layout.ts";
import { defaultFolder } from "../settings.ts";
import { type SettingsFlags, settingsFrom } from "../settings-flags.ts";
import { showCosts } from "../show-costs.ts";
import { showRates, showRoles } from "../show-rates.ts";
import { showRequests } from "../show-requests.ts";

export interface DemoFlags extends SettingsFlags {
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept demo: the whole method on the embedded world, from the helpful-only start to the report. */
export async function demo(this: CliContext, flags: DemoFlags): Promise<void> {
  const settings = settingsFrom(flags);
  const folder = flags.out ?? defaultFolder(settings);
  const progress = progressOf(this, flags.json);
  const page = pageOf(this.process.stdout, this.env);
  const started = performance.now();
  if (!flags.json) {
    print(this, page.paint("bold", "Constitutional AI on harbor, a world of a few hundred words"));
    print(this, page.paint("dim", "Evidence about the mechanics of the method, not about capability."));
    print(this, page.paint("dim", `preset ${settings.preset}, seed ${settings.seed}, ${folder}\n`));
  }
  const run = await withSession(
    { folder, settings, command: this.command, progress, signal: this.signal },
    async (session) => {
      for (const stage of stepNames) await runStep(session, stage);
      return session.run;
    },
  );
  const data = await readReport(run.folder);
  const report = relative(process.cwd(), join(run.folder, "report.html"));
  if (flags.json) {
    printJson(this, { run: folder, report, ...data.summary });
    return;
  }
  const show = (heading: string, body: string): void => print(this, `\n${page.paint("cyan", heading)}\n\n${body}`);
  show("Three requests, before and after", showRequests(data, page));
  if (data.summary !== undefined) {
    const { summary } = data;
    if (settings.initial !== "committed") {
      show("The helpful-only model in its roles, in percent", showRoles(summary.roles, page, committedRoles()));
    }
    show("Measured, in percent, with 95 % intervals and n", showRates(summary, page));
    show("What it took", showCosts(summary, page));
  }
  const seconds = (performance.now() - started) / 1000;
  print(this, `\n${page.paint("bold", report)} ${page.paint("dim", `(this time in ${duration(seconds)})`)}`);
}
