/**
 * npm run bench:viewer-peers -- [--items 10000] [--rounds 5] [--seed 7] [--write]
 *
 * `precept view` beside Inspect View (PyPI) and promptfoo's viewer (npm) on this machine, in turns, each with a log of the same
 * items: how soon the list is there, how soon a search is answered, what memory the tab holds. The peers are installed, and their
 * logs kept, in PRECEPT_PEERS (a folder of the system's temporary one otherwise); one that cannot be installed is left out, and
 * said so. --write puts the table into docs/viewer.md. The logs take some minutes, once.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeSection } from "./experiments/section.ts";
import type { Contestant, LogOptions } from "./viewer-peers/contestant.ts";
import { installInspect } from "./viewer-peers/inspect.ts";
import { makeItems, searched } from "./viewer-peers/items.ts";
import { precept } from "./viewer-peers/precept.ts";
import { installPromptfoo } from "./viewer-peers/promptfoo.ts";
import { type Result, tableOf } from "./viewer-peers/table.ts";
import { openUnindexed, type Turn, takeTurn } from "./viewer-peers/turn.ts";

const { values } = parseArgs({
  options: {
    items: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    seed: { type: "string", default: "7" },
    write: { type: "boolean", default: false },
  },
});
const [count, rounds, seed] = [Number(values.items), Number(values.rounds), Number(values.seed)];
const root = process.env["PRECEPT_PEERS"] || join(tmpdir(), "precept-viewer-peers");
const tell = (line: string): void => console.error(line);

if (!existsSync("dist/viewer/index.html")) throw new Error("dist/viewer is not there: npm run build:view");
if (!(rounds >= 1 && rounds <= searched.length)) throw new Error(`--rounds takes 1 to ${searched.length}`);

mkdirSync(root, { recursive: true });
const log = writeItems();
const contestants: Contestant[] = [precept];
const missing: string[] = [];
for (const [name, install] of [
  ["Inspect View", installInspect],
  ["promptfoo view", installPromptfoo],
] as const) {
  try {
    contestants.push(await install(root));
  } catch (error) {
    missing.push(`${name} is left out: it cannot be installed here.`);
    tell(`${name} cannot be installed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
for (const contestant of contestants) await writeLog(contestant);

const turns = new Map<Contestant, Turn[]>(contestants.map((contestant) => [contestant, []]));
const withoutIndex: number[] = [];
for (const [round, word] of searched.slice(0, rounds).entries()) {
  withoutIndex.push(await openUnindexed(placeOf(precept), log.items));
  // Every viewer is first, second and third alike.
  const order = contestants.map((_, i) => contestants[(i + round) % contestants.length] ?? precept);
  for (const contestant of order) {
    const turn = await takeTurn(contestant, placeOf(contestant), log.items, word);
    turns.get(contestant)?.push(turn);
    const shown = Object.entries(turn).map(([name, value]) => `${name} ${value.toFixed(0)}`);
    tell(`round ${round + 1} of ${rounds}, ${contestant.name}: ${shown.join(", ")}`);
  }
}

const resultOf = (contestant: Contestant): Result => ({
  contestant,
  turns: turns.get(contestant) ?? [],
  withoutIndex: contestant === precept ? withoutIndex : [],
});
const characters = log.items.reduce((sum, item) => sum + Object.values(item).join("").length, 0);
const head = `${count.toLocaleString("en-US")} items of ${Math.round(characters / count).toLocaleString("en-US")} characters in each log, ${rounds} turns; medians; ${cpus().length} cores at a load of ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`;
const [ours, ...peers] = contestants.map(resultOf);
if (ours === undefined) throw new Error("nothing was measured");
const section = [head, tableOf(ours, peers), ...missing].join("\n\n");
if (values.write) writeSection("peers", section, "docs/viewer.md");
else process.stdout.write(`${section}\n`);

/** The items, and a folder for their logs whose name says which they are. */
function writeItems(): LogOptions & { readonly folder: string } {
  const items = [...makeItems(count, seed)];
  const text = items.map((item) => `${JSON.stringify(item)}\n`).join("");
  const folder = join(root, `log-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "items.jsonl");
  writeFileSync(file, text);
  return { items, file, seed, folder };
}

function placeOf({ name, version }: Contestant): string {
  return join(log.folder, `${name} ${version}`.replaceAll(" ", "-"));
}

/** Writes a log that an earlier call did not finish. */
async function writeLog(contestant: Contestant): Promise<void> {
  const [place, done] = [placeOf(contestant), join(placeOf(contestant), "written")];
  if (existsSync(done)) return;
  tell(`${contestant.name}: writing the log of ${count} items`);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  await contestant.write(place, log);
  writeFileSync(done, "");
}
