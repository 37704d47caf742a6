import { listRuns, type RunListing } from "../../runs/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf, table } from "../layout.ts";
import { bytes, day } from "../show-overview.ts";

/** precept runs [FOLDER]: every run in a folder, at any depth, the last changed first. */
export async function runs(this: CliContext, { json }: { readonly json: boolean }, named?: string): Promise<void> {
  const folder = named ?? "runs";
  const found = listRuns(folder, named !== undefined);
  if (json) return printJson(this, found);
  if (found.length === 0) return print(this, `No runs in ${folder}. precept demo or precept run makes one.`);
  const page = pageOf(this.process.stdout, this.env);
  const head = ["run", "kind", "of", "stages", "changed", "size"].map((cell) => page.paint("dim", cell));
  print(this, table([head, ...found.map(rowOf)], "lllllr", 0));
}

function rowOf({ folder, kind, of, stages, changed, sizeBytes, fault }: RunListing): string[] {
  const open = stages.filter(({ status }) => status === "running").map(({ name }) => name);
  const done = stages.length - open.length;
  const progress = [done === 0 ? "none done" : `${done} done`, ...open.map((name) => `${name} unfinished`)].join(", ");
  return [folder, kind ?? "–", fault ?? of ?? "", fault === undefined ? progress : "–", day(changed), bytes(sizeBytes)];
}
