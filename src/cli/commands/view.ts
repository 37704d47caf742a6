import { dirname, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { isLoopback } from "../../listening.ts";
import { cleaner, findOwnFile, lintFor, Tracer } from "../../project/index.ts";
import { findRuns, shareRun, startViewer, type TraceAnswer } from "../../view/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { holdViewer, tellFailure } from "../hold-viewer.ts";
import { pageOf } from "../layout.ts";

export interface ViewFlags {
  readonly host?: string;
  readonly port?: number;
  readonly allowHost?: readonly string[] | undefined;
  readonly out?: string;
  readonly filter?: string;
  readonly withNotes: boolean;
  readonly noOpen: boolean;
  readonly json: boolean;
}

/** precept view [RUN|FOLDER]: runs in the browser, until Ctrl-C. */
export async function view(this: CliContext, flags: ViewFlags, folder = "runs"): Promise<void> {
  const { out, filter, withNotes } = flags;
  if (out !== undefined) {
    const { holds } = await shareRun({ root: folder, out, filter, withNotes, clean: cleaner(this.env) });
    if (flags.json) printJson(this, { out, holds, withNotes });
    else print(this, tellShared(out, holds, withNotes));
    return;
  }
  if (filter !== undefined || withNotes) {
    const found = filter === undefined ? "--with-notes without --out" : "--filter without --out";
    throw new PreceptError("usage", { attempted: "Opening the viewer", found, expected: "--out page.html beside it" });
  }
  const { host = "127.0.0.1", port, allowHost, noOpen, json } = flags;
  const onFailure = tellFailure(this);
  const desk = { file: await findConstitution(this, folder), lint: lintFor };
  const tracer = new Tracer();
  const trace: TraceAnswer = (place, asked) => tracer.trace({ place, ...asked });
  const viewer = await startViewer({ root: folder, host, port, allowedHosts: allowHost, desk, trace, onFailure });
  const page = pageOf(this.process.stdout, this.env);
  const found = findRuns(folder);
  const runs = found.length;
  if (json) printJson(this, { url: viewer.url, link: viewer.link, runs });
  else {
    const what =
      runs === 0
        ? `no run in ${folder} yet`
        : found[0]?.isTown === true
          ? "a conversation of the public"
          : found[0]?.log !== undefined && runs === 1
            ? "the log of a guard"
            : runs === 1
              ? "1 run"
              : `${runs} runs`;
    print(this, `${page.paint("cyan", viewer.link)}\n${page.paint("dim", `${what}; Ctrl-C ends it`)}`);
  }
  if (!isLoopback(host)) {
    const can =
      desk.file === undefined
        ? "marks, labels and asks what shaped an answer"
        : "marks, labels, asks what shaped an answer and saves the project's constitution";
    const warning = `precept view: ${host} is reachable from other machines; whoever has the link reads every record, and ${can}\n`;
    this.process.stderr.write(pageOf(this.process.stderr, this.env).paint("yellow", warning));
  }
  const close = async (): Promise<void> => {
    // First: a question that is under way would hold its run open.
    await tracer.close();
    await viewer.close();
  };
  await holdViewer(this, { ...viewer, close }, noOpen || json ? undefined : viewer.link);
}

/** Of the project here, or of the one that the runs lie in. */
async function findConstitution({ process }: CliContext, folder: string): Promise<string | undefined> {
  const runs = resolve(folder);
  try {
    return await findOwnFile([resolve("."), runs, dirname(runs), dirname(dirname(runs))]);
  } catch (error) {
    if (!(error instanceof PreceptError)) throw error;
    // Runs are shown all the same; what is wrong with a project is told by the commands that need it.
    process.stderr.write(`precept view: constitutions cannot be saved here\n${error.message}\n`);
    return undefined;
  }
}

/** What somebody who gets it can read. */
function tellShared(out: string, holds: readonly string[], withNotes: boolean): string {
  const notes = withNotes ? "with the notes and names of reviewers" : "without notes and names of reviewers";
  return `${out} holds ${["the overview", ...holds].join(", ")}; ${notes}.\nWhoever gets it reads all of that, requests of a red team included.`;
}
