import { importInto } from "../../collective/site/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { postgresOf } from "../postgres.ts";

export interface CollectiveImportFlags {
  readonly out: string;
  readonly title?: string | undefined;
  readonly swapSigns: boolean;
  readonly leaveOutUnknown: boolean;
  readonly postgres: boolean;
  readonly json: boolean;
}

/** precept collective import PATH --out FOLDER: an export as the log of a conversation. */
export async function collectiveImport(this: CliContext, flags: CollectiveImportFlags, path: string): Promise<void> {
  const { out, title, swapSigns, leaveOutUnknown, postgres, json } = flags;
  const progress = progressOf(this, json);
  let before = 0;
  const tell = (done: number, of: number): void => {
    if (before === 0) progress.start("import", "events written", of, "events");
    progress.advance(done - before);
    before = done;
    if (done === of) progress.finish();
  };
  const options = { title, swapSigns, leaveOutUnknown, signal: this.signal, tell };
  const report = await importInto({ folder: out, url: postgresOf(this, postgres) }, path, options);
  for (const warning of report.warnings) this.process.stderr.write(`precept: warning: ${warning}\n`);
  if (json) printJson(this, report);
  else
    print(
      this,
      `${report.participants} people, ${report.statements} statements, ${report.votes} votes; ${report.written} events written, ${report.there} were there already\n${out}: precept collective analyse ${out}`,
    );
}
