import { PreceptError } from "../../errors.ts";
import { fromPolisExport, VOTES, type Vote, type VoteEvent } from "../votes.ts";
import { demandColumn, findColumn, type NamedText, nameLines, type Row, readRows } from "./rows.ts";

/** Votes as a file has them, in its sign, and what a person should know about the file. */
export interface VotesRead {
  readonly votes: readonly VoteEvent[];
  readonly warnings: readonly string[];
}

/** A time in seconds that nobody took for milliseconds is before this: 1973. */
const SECONDS_END = 1e11;

/**
 * A log of votes: Polis's votes.csv, or any file with columns for participant, statement and vote. The last line may be cut, which is
 * said and costs that line alone. @throws PreceptError for any other vote than 1, 0, -1, agree, pass, disagree.
 */
export function readVotes(file: NamedText): VotesRead {
  const rows = readRows(file);
  if (rows.length === 0) return { votes: [], warnings: [`${file.name} has no votes`] };
  const participant = demandColumn(file.name, rows, [
    "voter-id",
    "participant",
    "participant_id",
    "participant-id",
    "pid",
  ]);
  const statement = demandColumn(file.name, rows, ["comment-id", "statement", "statement_id", "statement-id", "tid"]);
  const vote = demandColumn(file.name, rows, ["vote"]);
  const time = findColumn(rows, ["timestamp", "at", "modified", "created"]);
  const read = (row: Row): VoteEvent | undefined => {
    const { [participant]: who = "", [statement]: what = "", [vote]: said } = row.fields;
    const word = said === undefined ? undefined : wordOf(said);
    const at = time === undefined ? 0 : Number(row.fields[time]);
    if (who === "" || what === "" || word === undefined || !Number.isFinite(at)) return undefined;
    return { participant: who, statement: what, vote: word, at };
  };
  const events = rows.map(read);
  const warnings: string[] = [];
  if (events.at(-1) === undefined && !/\n\s*$/.test(file.text)) {
    const last = rows.at(-1);
    warnings.push(
      `the last line of ${file.name}, line ${last?.line}, is cut ("${Object.values(last?.fields ?? {}).join(",")}"): that vote is left out; export the file again to have it`,
    );
    events.pop();
  }
  const bad = rows.filter((_, i) => i < events.length && events[i] === undefined);
  if (bad.length > 0) throw badVotes(file.name, bad, vote);
  const votes = events.filter((event) => event !== undefined);
  const last = votes.reduce((most, { at }) => Math.max(most, at), 0);
  const factor = last > 0 && last < SECONDS_END ? 1000 : 1;
  return { votes: factor === 1 ? votes : votes.map((event) => ({ ...event, at: event.at * factor })), warnings };
}

/** Polis's participants-votes.csv: one line a participant, one column a statement, in the order of its lines. */
export function readMatrix(file: NamedText): VotesRead {
  const rows = readRows(file);
  const participant = demandColumn(file.name, rows, ["participant"]);
  const votes: VoteEvent[] = [];
  const bad: Row[] = [];
  for (const row of rows) {
    for (const [statement, said] of Object.entries(row.fields)) {
      if (!/^\d+$/.test(statement) || said === "") continue;
      const vote = wordOf(said);
      if (vote === undefined) bad.push(row);
      else votes.push({ participant: row.fields[participant] as string, statement, vote, at: 0 });
    }
  }
  if (bad.length > 0) throw badVotes(file.name, bad, undefined);
  return { votes, warnings: [] };
}

function wordOf(said: string): Vote | undefined {
  const word = VOTES.find((vote) => vote === said.trim().toLowerCase());
  if (word !== undefined) return word;
  return ["1", "0", "-1", "1.0", "0.0", "-1.0"].includes(said.trim()) ? fromPolisExport(Number(said)) : undefined;
}

function badVotes(name: string, rows: readonly Row[], column: string | undefined): PreceptError {
  const [first] = rows;
  const said = column === undefined ? undefined : first?.fields[column];
  const what =
    said === undefined
      ? "fields are missing or no vote"
      : `the first is "${Object.values(first?.fields ?? {}).join(",")}"`;
  return new PreceptError("input-invalid", {
    attempted: `Reading ${name}`,
    found: `${nameLines(rows)}: ${what}`,
    expected: "a participant, a statement, a time as a number, and a vote: 1, 0, -1, or agree, pass, disagree",
    remedy: "correct these lines, or export the file again; nothing was imported",
  });
}
