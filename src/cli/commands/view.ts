import { isLoopback } from "../../listening.ts";
import { findRuns, openBrowser, startViewer } from "../../view/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";

export interface ViewFlags {
  readonly host?: string;
  readonly port?: number;
  readonly allowHost?: readonly string[] | undefined;
  readonly noOpen: boolean;
  readonly json: boolean;
}

/** precept view [RUN|FOLDER]: runs in the browser, until Ctrl-C. */
export async function view(this: CliContext, flags: ViewFlags, folder = "runs"): Promise<void> {
  const { host = "127.0.0.1", port, allowHost, noOpen, json } = flags;
  const onFailure = (error: unknown): void => {
    this.process.stderr.write(`precept view: ${error instanceof Error ? error.stack : String(error)}\n`);
  };
  const viewer = await startViewer({ root: folder, host, port, allowedHosts: allowHost, onFailure });
  const page = pageOf(this.process.stdout, this.env);
  const runs = findRuns(folder).length;
  if (json) printJson(this, { url: viewer.url, link: viewer.link, runs });
  else {
    const what = runs === 0 ? `no run in ${folder} yet` : runs === 1 ? "1 run" : `${runs} runs`;
    print(this, `${page.paint("cyan", viewer.link)}\n${page.paint("dim", `${what}; Ctrl-C ends it`)}`);
  }
  if (!isLoopback(host)) {
    const warning = `precept view: ${host} is reachable from other machines; whoever has the link reads every record\n`;
    this.process.stderr.write(pageOf(this.process.stderr, this.env).paint("yellow", warning));
  }
  if (!noOpen && !json && this.process.stdout.isTTY === true) openBrowser(viewer.link);
  await new Promise<void>((resolve) => {
    if (this.signal.aborted) resolve();
    this.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await viewer.close();
}
