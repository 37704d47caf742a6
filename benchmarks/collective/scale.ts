import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  analyse,
  type Conversation,
  fromPolisExport,
  LiveAnalysis,
  tabulate,
  type VoteLog,
} from "../../src/collective/index.ts";
import { makeCrowd, statementsOf } from "./crowd.ts";

export const redDwarf = "0.4.0";

/** Seconds that something took: on the clock, and of the processor, which other work on the machine moves little. */
export interface Took {
  readonly clock: number;
  readonly processor: number;
}

/** One cold analysis, one after a vote, and red-dwarf on the same votes, in turns. */
export interface Speeds {
  readonly cold: readonly Took[];
  readonly warm: readonly Took[];
  readonly peer: readonly Took[];
}

/** `peer`: the folder of a Python environment with red-dwarf in it, made if it is not there; none: it is left out. */
export async function measureSpeeds(
  size: readonly [people: number, statements: number, votes: number],
  turns: number,
  peer: string | undefined,
): Promise<Speeds> {
  const log = makeCrowd(...size);
  const conversation = conversationOf(log);
  const other = peer === undefined ? undefined : await startPeer(peer, log);
  const [cold, warm, theirs]: [Took[], Took[], Took[]] = [[], [], []];
  try {
    for (let turn = 0; turn < turns; turn++) {
      cold.push(timeOf(() => analyse(conversation)));
      const live = LiveAnalysis.of(conversation);
      for (let vote = 0; vote < 5; vote++) {
        const [participant = "", statement = ""] = [
          log.participants[vote * 97],
          log.statements[(turn * 31 + vote) % size[1]],
        ];
        warm.push(
          timeOf(() => {
            live.add([{ participant, statement, vote: "agree" }]);
            return live.analysis;
          }),
        );
      }
      if (other !== undefined) theirs.push(await other.run());
    }
  } finally {
    other?.stop();
  }
  return { cold, warm, peer: theirs };
}

function timeOf(work: () => unknown): Took {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(before);
  return { clock: (performance.now() - startedAt) / 1000, processor: (user + system) / 1e6 };
}

function conversationOf(log: VoteLog): Conversation {
  const votes = Array.from(log.rows, (row, entry) => ({
    participant: log.participants[row] as string,
    statement: log.statements[log.columns[entry] as number] as string,
    vote: fromPolisExport(log.votes[entry] as number),
    at: entry,
  }));
  return { statements: statementsOf(log), votes };
}

/** The latest votes, a line each: red-dwarf takes no vote twice. */
function latestOf(log: VoteLog): string[] {
  const { participants, starts, columns, votes } = tabulate(log);
  return participants.flatMap((_, row) =>
    Array.from(columns.subarray(starts[row], starts[row + 1]), (column, i) => {
      return `${row},${column},${votes[(starts[row] ?? 0) + i]}`;
    }),
  );
}

/** red-dwarf in a process of its own, with the votes as the list of dictionaries that it takes. */
async function startPeer(folder: string, log: VoteLog) {
  const python = join(folder, "bin", "python");
  if (!existsSync(python)) {
    execFileSync("python3", ["-m", "venv", folder], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "-q", `red-dwarf==${redDwarf}`], { stdio: "inherit" });
  }
  const place = mkdtempSync(join(tmpdir(), "crowd-"));
  const file = join(place, "votes.csv");
  writeFileSync(file, latestOf(log).join("\n"));
  const script = fileURLToPath(new URL("red_dwarf.py", import.meta.url));
  const child = spawn(python, [script, file], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("red-dwarf ended without an answer");
    return String(value).trim();
  };
  await answer();
  return {
    async run(): Promise<Took> {
      child.stdin.write("run\n");
      const [clock = 0, processor = 0] = (await answer()).split(" ").map(Number);
      return { clock, processor };
    },
    stop(): void {
      child.kill();
      rmSync(place, { recursive: true });
    },
  };
}
