import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { packageRoot, writeOutput } from "../../storage/index.ts";
import { parseQuery } from "../query/index.ts";
import type { ServedRoom } from "../room.ts";
import { servedRooms } from "../rooms.ts";
import { findOnly, findRuns } from "../run/runs.ts";
import { viewerApp } from "../server/app.ts";
import { tokenHeader } from "../server/guard.ts";
import { RunSource } from "../server/run-source.ts";
import type { Failure } from "../source.ts";
import { type AskAddress, collectShared, type SharingOptions } from "./collect.ts";
import { openSharedFolder, refuseForeignFolder } from "./folder.ts";
import { renderSharedPage } from "./page.ts";
import { FileSink } from "./sink.ts";

export interface ShareOptions {
  /** The folder of one run. */
  readonly root: string;
  /** A file ends in .html; anything else is a folder. */
  readonly out: string;
  /** Which chains, as in the address of a page: "principle=help&pattern=put-back". */
  readonly filter?: string | undefined;
  readonly withNotes?: boolean | undefined;
  /** Takes keys and the folders of this machine out of a text. */
  readonly clean: (text: string) => string;
  /** Folder of the pages' files. Default: those of the package. */
  readonly pages?: string | undefined;
  /** Default: the viewer's own. */
  readonly rooms?: readonly ServedRoom[] | undefined;
}

/** Writes a run's pages to be sent, and says what they hold. @throws PreceptError usage for no run, several, what does not fit a file, or a folder of other files. */
export async function shareRun(options: ShareOptions): Promise<{ readonly holds: readonly string[] }> {
  const { root, out, filter = "", withNotes = false, clean, rooms = servedRooms } = options;
  const pages = options.pages ?? join(packageRoot, "dist", "viewer");
  const [first, ...others] = findRuns(root);
  const run = findOnly(root);
  if (run === undefined) {
    throw new PreceptError("usage", {
      attempted: `Writing ${out}`,
      found: first === undefined ? `no run in ${root}` : `${others.length + 1} runs in ${root}`,
      expected: "one run",
      remedy: `precept view ${first === undefined ? "RUN" : join(root, first.name)} --out ${out}`,
    });
  }
  if (run.log !== undefined) {
    throw new PreceptError("usage", {
      attempted: `Writing ${out}`,
      found: "the log of a guard, which may hold what people wrote",
      expected: "a run",
      remedy: `precept guard report ${root} --out ${out} --no-texts`,
    });
  }
  const isFolder = !out.endsWith(".html");
  if (isFolder) refuseForeignFolder(out);
  const source = new RunSource(root, rooms);
  try {
    const ask = askApp(source, pages);
    await waitForIndex(ask, run.name);
    const collected: SharingOptions = {
      ...{ run: run.name, filter: parseQuery(filter), withNotes, rooms },
      clean: (text) => clean(text.replaceAll(run.folder, run.name)),
    };
    if (isFolder) return { holds: await collectShared(ask, collected, openSharedFolder(pages, out)) };
    const sink = new FileSink(out);
    const holds = await collectShared(ask, collected, sink);
    writeOutput(out, renderSharedPage(pages, sink.toJson()));
    return { holds };
  } finally {
    await source.close();
  }
}

/** The server's own answers, without a network: what is sent says what is seen. */
function askApp(source: RunSource, pages: string): AskAddress {
  const token = "none but this process asks";
  let failure: unknown;
  const onFailure = (error: unknown): void => {
    failure = error;
  };
  const app = viewerApp({ source, pages, token, hosts: [], onFailure });
  return async (address) => {
    const headers = { host: "127.0.0.1", [tokenHeader]: token };
    const answer = await app.fetch(new Request(`http://127.0.0.1/api/${address}`, { headers }));
    if (answer.ok) return answer.json();
    if (failure !== undefined) throw failure;
    const { error } = (await answer.json()) as Failure;
    throw new PreceptError("run-invalid", { attempted: `Reading ${address}`, found: error.message });
  };
}

async function waitForIndex(ask: AskAddress, run: string): Promise<void> {
  for (;;) {
    const page = (await ask(`runs/${encodeURIComponent(run)}`)) as { readonly indexed: number };
    if (page.indexed >= 1) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
