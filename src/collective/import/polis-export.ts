import { PreceptError } from "../../errors.ts";
import { type Conversation, fromPolisInternal, type Statement, toPolisExport, type VoteEvent } from "../votes.ts";
import { fitCounts, shareOfCells, weighSigns } from "./evidence.ts";
import type { NamedText } from "./rows.ts";
import { byId, type CountedStatement, readStatements } from "./statements-file.ts";
import { readMatrix, readVotes } from "./votes-file.ts";

/** What stands in an export, each by what it is; `topic` from summary.csv. */
export interface ExportFiles {
  readonly votes?: NamedText | undefined;
  readonly statements?: NamedText | undefined;
  readonly matrix?: NamedText | undefined;
}

export interface ImportOptions {
  /** Read agree as disagree and the other way round: for files that have the sign of Polis's inside. */
  readonly swapSigns?: boolean | undefined;
  /** Leave out votes on statements that the export does not list, instead of refusing it. */
  readonly leaveOutUnknown?: boolean | undefined;
}

/** A conversation, and what a person should know about how it was read. */
export interface Imported {
  readonly conversation: Conversation;
  readonly warnings: readonly string[];
}

/**
 * A conversation from an export of Polis or from votes alone. Signs are checked against the counts of the export, or the authors'
 * votes on their own statements, and a swap is a warning with its evidence. @throws PreceptError for files that are
 * damaged, that do not belong together, or that name unknown statements.
 */
export function importConversation(files: ExportFiles, options: ImportOptions = {}): Imported {
  const read = files.votes === undefined ? matrixAlone(files) : readVotes(files.votes);
  const votes = options.swapSigns === true ? read.votes.map(swap) : read.votes;
  const listed = files.statements === undefined ? undefined : readStatements(files.statements);
  const warnings = [...read.warnings, ...(listed?.warnings ?? [])];
  if (files.votes !== undefined && files.matrix !== undefined) checkMatrix(files, read.votes);
  if (listed === undefined) {
    warnings.push("no comments.csv: statements have no texts, and none counts as rejected");
    return { conversation: { statements: nameless(votes), votes }, warnings };
  }
  checkCounts(files, votes, listed.statements);
  const known = keepKnown(files, votes, listed.statements, options);
  const { isSwapped, found } = weighSigns(known.votes, listed.statements);
  if (isSwapped) warnings.push(`agree and disagree look swapped: ${found}; read it with signs swapped if that is so`);
  const statements = listed.statements.map(({ agrees: _, disagrees: __, ...statement }) => statement);
  return { conversation: { statements, votes: known.votes }, warnings: [...warnings, ...known.warnings] };
}

function matrixAlone({ matrix }: ExportFiles): ReturnType<typeof readVotes> {
  if (matrix !== undefined) return readMatrix(matrix);
  throw new PreceptError("input-invalid", {
    attempted: "Reading a conversation",
    found: "neither votes.csv nor participants-votes.csv",
    expected: "an export of Polis, a folder or a zip, or a file of votes",
    remedy: "in Polis: Report, Export data; or give a CSV with the columns participant, statement, vote, timestamp",
  });
}

function swap(event: VoteEvent): VoteEvent {
  return { ...event, vote: fromPolisInternal(toPolisExport(event.vote)) };
}

function nameless(votes: readonly VoteEvent[]): Statement[] {
  return [...new Set(votes.map(({ statement }) => statement))]
    .map((id): Statement => ({ id, text: "", at: 0, isSeed: false, isMeta: false, moderation: "accepted" }))
    .sort(byId);
}

function checkMatrix({ votes: file, matrix }: ExportFiles, votes: readonly VoteEvent[]): void {
  if (matrix === undefined || file === undefined) return;
  const { same, cells } = shareOfCells(votes, readMatrix(matrix).votes);
  if (same >= cells / 2) return;
  throw differing(
    `${file.name} has ${same} of the ${cells} votes of ${matrix.name}`,
    `${file.name} and ${matrix.name}`,
  );
}

function checkCounts(
  { votes: file, matrix, statements: listed }: ExportFiles,
  votes: readonly VoteEvent[],
  statements: readonly CountedStatement[],
): void {
  const { compared, asTheyAre, swapped } = fitCounts(votes, statements);
  const names = [file?.name ?? matrix?.name, listed?.name].join(" and ");
  // A matrix alone has the latest votes only, so the counts fit less well there; ids are checked in either case.
  if (compared < 5 || file === undefined || Math.max(asTheyAre, swapped) >= compared / 4) return;
  throw differing(
    `the counts in ${listed?.name} fit the votes of ${Math.max(asTheyAre, swapped)} of ${compared} statements`,
    names,
  );
}

function differing(found: string, names: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Reading ${names} as one conversation`,
    found,
    expected: "files of one export",
    remedy: "they look like exports of different conversations, or of different days: export both again",
  });
}

function keepKnown(
  files: ExportFiles,
  votes: readonly VoteEvent[],
  statements: readonly Statement[],
  { leaveOutUnknown }: ImportOptions,
): { readonly votes: readonly VoteEvent[]; readonly warnings: readonly string[] } {
  const ids = new Set(statements.map(({ id }) => id));
  const unknown = [...new Set(votes.filter(({ statement }) => !ids.has(statement)).map(({ statement }) => statement))];
  if (unknown.length === 0) return { votes, warnings: [] };
  const kept = votes.filter(({ statement }) => ids.has(statement));
  const found = `${votes.length - kept.length} votes on ${unknown.length} statements that ${files.statements?.name} does not list: ${unknown.slice(0, 5).join(", ")}${unknown.length > 5 ? ", …" : ""}`;
  if (leaveOutUnknown === true) return { votes: kept, warnings: [`left out: ${found}`] };
  throw new PreceptError("input-invalid", {
    attempted: "Reading a conversation",
    found,
    expected: "votes on listed statements",
    remedy: "export both files again, or leave these votes out (--leave-out-unknown)",
  });
}
