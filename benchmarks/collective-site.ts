import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { countVotes, type KillFigures, killInTheMiddle } from "./collective-site/kills.ts";
import { type LoadFigures, putUnderLoad, type Quantiles } from "./collective-site/load.ts";
import { ServedTown, writeTown } from "./collective-site/served.ts";
import { writeMeasured } from "./collective-site/write.ts";

/**
 * What the site of a conversation bears: a minute of votes at a steady rate on SQLite, with 10,000 statements on offer, and kills in the
 * middle. `--write` puts the table into docs/collective.md, `--smoke` does a second of it, `--seconds` and `--kills` as much as one likes.
 */
const { values } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    smoke: { type: "boolean", default: false },
    seconds: { type: "string", default: "60" },
    kills: { type: "string", default: "20" },
  },
});
const size = values.smoke
  ? { statements: 500, voters: 100, votesPerSecond: 200, nextPerSecond: 20, seconds: 1, kills: 1 }
  : {
      statements: 10_000,
      voters: 4000,
      votesPerSecond: 2000,
      nextPerSecond: 200,
      seconds: Number(values.seconds),
      kills: Number(values.kills),
    };
const root = mkdtempSync(join(tmpdir(), "precept-collective-site-"));
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function measureLoad(): Promise<LoadFigures & { readonly kept: number }> {
  const place = join(root, "load");
  await writeTown(place, size.statements);
  const town = await ServedTown.open(place);
  say(`${size.votesPerSecond} votes per second for ${size.seconds} s …`);
  const figures = await putUnderLoad(town, size);
  say(JSON.stringify(figures));
  await town.stop();
  const kept = [...(await countVotes(town.folder)).values()].reduce((sum, count) => sum + count, 0);
  return { ...figures, kept };
}

async function measureKills(): Promise<KillFigures> {
  const place = join(root, "kills");
  await writeTown(place, size.statements);
  say(`${size.kills} kills …`);
  return killInTheMiddle(place, size.kills, size.statements);
}

try {
  const load = await measureLoad();
  const kills = await measureKills();
  const table = describe(load, kills);
  process.stdout.write(`${table}\n`);
  if (values.write) writeMeasured(table);
  const isWrong = load.kept !== load.counted || kills.lost > 0 || kills.doubled > 0 || kills.faults.length > 0;
  if (isWrong) process.exitCode = 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}

function describe(load: LoadFigures & { readonly kept: number }, kills: KillFigures): string {
  const ms = ({ p50, p99, most }: Quantiles): string =>
    `${p50.toFixed(1)} / **${p99.toFixed(1)}** / ${most.toFixed(0)} ms`;
  const n = (value: number): string => value.toLocaleString("en");
  return [
    "| figure | target | measured |",
    "| --- | --- | --- |",
    `| votes per second, asked for ${n(size.votesPerSecond)} for ${size.seconds} s, SQLite | 2,000 held | ${n(Math.round(load.votesPerSecond))} counted per second; ${n(load.counted)} of ${n(load.sent)} answered, ${n(load.failed)} refused, ${n(load.kept)} in the log |`,
    `| a vote: p50 / p99 / most | p99 < 50 ms | ${ms(load.vote)} |`,
    `| the next statement of ${n(size.statements)}: p50 / p99 / most | p99 < 20 ms | ${ms(load.next)} |`,
    `| kill -9 in the middle, ${kills.kills} times: votes lost / doubled | 0 / 0 | ${kills.lost} / ${kills.doubled} of ${n(kills.acknowledged)}; ${n(kills.unanswered)} had no answer and were sent again; ${kills.faults.length === 0 ? "chain and results whole" : kills.faults.join(", ")} |`,
    "",
    `${n(size.voters)} voters; ${availableParallelism()} cores, on which the load was made, too; times from when a request was due. Node ${process.version}.`,
  ].join("\n");
}
