import type { StoredRun } from "../runs/index.ts";
import { openBrowser, startViewer, type Viewer } from "../view/index.ts";
import { type CliContext, print, printJson } from "./context.ts";
import { dropGarbage } from "./garbage.ts";
import { holdUntilStopped } from "./hold.ts";
import { pageOf } from "./layout.ts";

/** Opens a link where a person sees the terminal, and keeps the viewer until Ctrl-C. */
export async function holdViewer(context: CliContext, viewer: Viewer, link: string | undefined): Promise<void> {
  const { process } = context;
  dropGarbage();
  const forget = link !== undefined && process.stdout.isTTY === true ? openBrowser(link, viewer.root) : undefined;
  await holdUntilStopped(context);
  forget?.();
  await viewer.close();
}

/** Says on stderr what the viewer itself failed in. */
export function tellFailure({ process }: CliContext): (error: unknown) => void {
  return (error) => {
    process.stderr.write(`precept view: ${error instanceof Error ? error.stack : String(error)}\n`);
  };
}

/** The viewer at a record, or at the run. */
export async function openPage(
  context: CliContext,
  { folder, name }: StoredRun,
  { id, json }: { readonly id: string | undefined; readonly json: boolean },
): Promise<void> {
  const viewer = await startViewer({ root: folder, onFailure: tellFailure(context) });
  const link = viewer.linkTo([name, ...(id === undefined ? [] : ["record", ...id.split("/")])]);
  const page = pageOf(context.process.stdout, context.env);
  if (json) printJson(context, { link });
  else print(context, `${page.paint("cyan", link)}\n${page.paint("dim", "Ctrl-C ends it")}`);
  await holdViewer(context, viewer, json ? undefined : link);
}
