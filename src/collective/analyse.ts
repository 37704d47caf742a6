import type { Analysis } from "./analysis.ts";
import { centreVotes } from "./centred.ts";
import { countAll, countByGroup } from "./counts.ts";
import { type Described, describe } from "./describe.ts";
import { hashesOf } from "./hashes.ts";
import { type AnalyseOptions, type SettledOptions, settleOptions } from "./options.ts";
import { polisUpdate } from "./polis/update.ts";
import { extremities, projectStatements } from "./projection.ts";
import { type Grouped, groupVoters } from "./robust/group.ts";
import { selectColumns, type VoteTable } from "./table.ts";
import { tableOf } from "./tabulate.ts";
import type { Conversation, Statement } from "./votes.ts";

/** Groups of like voters, what all groups share, what tells them apart, and how sure all of it is. Pure. */
export function analyse(conversation: Conversation, options: AnalyseOptions = {}): Analysis {
  const order = options.mode === "polis" ? "encounter" : "canonical";
  return analyseTable(tableOf(conversation, order), conversation.statements, options);
}

/** The same of a table, for conversations whose votes are no objects. `robust` needs it in canonical order. */
export function analyseTable(
  table: VoteTable,
  statements: readonly Statement[],
  options: AnalyseOptions = {},
): Analysis {
  const settled = settleOptions(options);
  const known = knowStatements(statements);
  if (settled.mode === "polis") return analyseAsPolis(table, statements, known, settled);
  const grouped = groupVoters(openTable(table, known), settled);
  return describeGrouped(table, statements, grouped, settled);
}

/** The analysis of groups that are already there: what `groupVoters` or `regroupVoters` made of the open statements. */
export function describeGrouped(
  table: VoteTable,
  statements: readonly Statement[],
  grouped: Grouped,
  options: SettledOptions,
): Analysis {
  const known = knowStatements(statements);
  const kept = openTable(table, known);
  const placeOf = new Map(kept.statements.map((id, column) => [id, column]));
  const places = table.statements.map((id) => placeOf.get(id));
  const points = projectStatements(centreVotes(kept), grouped.axes, { zeroedColumns: 0 });
  const widen = (values: Float64Array): Float64Array =>
    Float64Array.from(places, (place) => (place === undefined ? 0 : (values[place] as number)));
  const statementPositions = { x: widen(points.x), y: widen(points.y) };
  return describe({
    table,
    known,
    options,
    hashes: hashesOf(table, statements, options),
    labels: grouped.labels,
    centres: grouped.centres,
    positions: grouped.positions,
    statementPositions,
    extremity: extremities(statementPositions),
    counts: countByGroup(table, grouped.labels, grouped.centres.x.length),
    all: countAll(table),
    silhouette: grouped.silhouette,
    stability: grouped.stability,
    chance: grouped.chance,
    reason: grouped.reason,
  });
}

/** The table of the statements that may be voted on: what moderation rejected and what is about the conversation is dropped. */
export function openTable(table: VoteTable, known: ReadonlyMap<string, Statement>): VoteTable {
  return selectColumns(table, (id) => isOpen(known.get(id)));
}

function analyseAsPolis(
  table: VoteTable,
  statements: readonly Statement[],
  known: Described["known"],
  options: SettledOptions,
): Analysis {
  const state = polisUpdate({ raw: table, isZeroed: (id) => !isOpen(known.get(id)) });
  return describe({
    table,
    known,
    options,
    hashes: hashesOf(table, statements, options),
    labels: state.labels,
    centres: {
      x: Float64Array.from(state.groupClusters, ({ x }) => x),
      y: Float64Array.from(state.groupClusters, ({ y }) => y),
    },
    positions: state.positions,
    statementPositions: state.statementPositions,
    extremity: state.extremity,
    counts: state.groupVotes,
    all: countAll(table),
    silhouette: state.silhouette,
    stability: null,
    chance: null,
    reason: "as Polis groups a conversation whose history it does not know",
  });
}

export function knowStatements(statements: readonly Statement[]): ReadonlyMap<string, Statement> {
  return new Map(statements.map((statement) => [statement.id, statement]));
}

/** A statement that votes name and nobody lists counts as open: exports without texts have no others. */
function isOpen(statement: Statement | undefined): boolean {
  return statement === undefined || (statement.moderation !== "rejected" && !statement.isMeta);
}
