/** One cold analysis of a crowd, in a process of its own, so that its memory is its own: node million.ts PEOPLE STATEMENTS VOTES */
import { analyseTable, tabulate } from "../../src/collective/index.ts";
import { makeCrowd, statementsOf } from "./crowd.ts";

const [people = 0, statements = 0, votes = 0] = process.argv.slice(2).map(Number);
const log = makeCrowd(people, statements, votes);
const [startedAt, before] = [performance.now(), process.cpuUsage()];
const table = tabulate(log);
const tabulatedAt = performance.now();
const analysis = analyseTable(table, statementsOf(log));
const [endedAt, { user, system }] = [performance.now(), process.cpuUsage(before)];
process.stdout.write(
  JSON.stringify({
    votes: table.votes.length,
    tabulate: (tabulatedAt - startedAt) / 1000,
    analyse: (endedAt - tabulatedAt) / 1000,
    processor: (user + system) / 1e6,
    groups: analysis.grouping.groups.map(({ members }) => members.length),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
