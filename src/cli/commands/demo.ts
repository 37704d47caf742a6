import { join, relative } from "node:path";
import { duration } from "../../progress/index.ts";
import { loadHarbor, runProject, withRule } from "../../project/index.ts";
import { readReport } from "../../report/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { type SettingsFlags, settingsFrom } from "../settings-flags.ts";
import { showRun } from "../show-run.ts";

export interface DemoFlags extends SettingsFlags {
  readonly out?: string;
  readonly rule?: string;
  readonly json: boolean;
}

/** precept demo: the whole method on the embedded world, from the helpful-only start to the report. */
export async function demo(this: CliContext, { json, out, rule, ...flags }: DemoFlags): Promise<void> {
  const { settings, folder } = withRule(settingsFrom(flags), rule, out);
  const page = pageOf(this.process.stdout, this.env);
  const started = performance.now();
  if (!json) {
    print(this, page.paint("bold", "Constitutional AI on harbor, a world of a few hundred words"));
    print(this, page.paint("dim", "Evidence about the mechanics of the method, not about capability."));
    const { preset = "demo", seed = 1 } = settings;
    if (preset === "smoke")
      print(this, page.paint("yellow", "The preset smoke only shows that everything runs: its figures prove nothing."));
    print(this, page.paint("dim", `preset ${preset}, seed ${seed}, ${folder}\n`));
  }
  const { command, signal, env } = this;
  const loaded = loadHarbor(settings);
  await runProject({ loaded, folder, command, progress: progressOf(this, json), signal, env, redo: true });
  const data = await readReport(folder);
  if (json) {
    printJson(this, { run: folder, report: relative(process.cwd(), join(folder, "report.html")), ...data.summary });
    return;
  }
  const took = `(this time in ${duration((performance.now() - started) / 1000)})`;
  print(this, `${showRun(folder, data, page)} ${page.paint("dim", took)}`);
}
