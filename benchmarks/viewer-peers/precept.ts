import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { serveRun } from "../viewer/served.ts";
import type { Contestant } from "./contestant.ts";
import { writePreceptRun } from "./precept-run.ts";

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync("package.json", "utf8")));

export const precept: Contestant = {
  name: "Precept",
  version,
  reads: "requests, answers, critiques and revisions, by words",
  rows: "#list a.row",
  write: async (folder, { items, seed }) => writePreceptRun(join(folder, "run"), items, seed),
  start: async (folder) => {
    const { url, token, memory, stop } = await serveRun(join(folder, "run"));
    return { url: `${url}#/run/chains?token=${token}`, memory: () => memory().now, stop };
  },
  focusSearch: (page) => page.locator("#search").focus(),
  toQuery: (word) => word,
  tellFound: (found, all) => new RegExp(`\\b${found} of ${all.toLocaleString("en-US")} chains`, "u"),
};

/** As if the run were opened for the first time. */
export function dropIndex(folder: string): void {
  rmSync(join(folder, "run", ".view"), { recursive: true, force: true });
}
