import { centreVotes } from "../../src/collective/centred.ts";
import {
  type Axes,
  countAll,
  countByGroup,
  groupAwareConsensus,
  META_PRIORITY,
  majorityOf,
  priorityOf,
  representativeOf,
  sumTallies,
  tableOf,
  talliesOf,
} from "../../src/collective/index.ts";
import { powerAxes } from "../../src/collective/polis/axes.ts";
import { goldNames, readGold, trapName } from "../../src/collective/polis/gold.test-support.ts";
import { extremities, projectParticipants, projectStatements } from "../../src/collective/projection.ts";
import { selectColumns } from "../../src/collective/table.ts";

/** Largest differences to Polis's own figures, given its published groups and components, and whether all lists are the same. */
export function goldTable(): string {
  const rows = [...goldNames, trapName].map((name) => {
    const { size, differences, lists } = compare(name);
    const figures = differences.map((difference) => difference.toExponential(0));
    return `| ${name.split("/")[1]}${name === trapName ? " (trap)" : ""} | ${size} | ${figures.join(" | ")} | ${lists} |`;
  });
  return [
    "| conversation | participants × statements | centre | components | clusters' centres | extremity | group-aware consensus | priorities | lists |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ...rows,
  ].join("\n");
}

function compare(name: string) {
  const { blob, votes } = readGold(name);
  const statements = blob.tids.map((tid) => ({
    id: String(tid),
    text: "",
    at: 0,
    isSeed: false,
    isMeta: false,
    moderation: "accepted" as const,
  }));
  const raw = tableOf({ statements, votes }, "encounter");
  const zeroed = new Set([...blob["mod-out"], ...blob["meta-tids"]].map(String));
  const kept = selectColumns(raw, (id) => !zeroed.has(id));
  const placeOf = new Map(blob.tids.map((tid, i) => [String(tid), i]));
  const atKept = (values: readonly number[]): Float64Array =>
    Float64Array.from(kept.statements, (id) => values[placeOf.get(id) ?? -1] ?? 0);
  const rowOf = new Map(raw.participants.map((id, row) => [id, row]));
  const membersOf = new Map(blob["base-clusters"].id.map((id, i) => [id, blob["base-clusters"].members[i] ?? []]));
  const labels = new Int8Array(raw.participants.length).fill(-1);
  blob["group-clusters"].forEach(({ members }, group) => {
    for (const person of members.flatMap((id) => membersOf.get(id) ?? [])) labels[rowOf.get(`${person}`) ?? -1] = group;
  });
  const centred = centreVotes(kept);
  const axes: Axes = { first: atKept(blob.pca.comps[0]), second: atKept(blob.pca.comps[1]) };
  const scaling = { zeroedColumns: raw.statements.length - kept.statements.length };
  const counts = countByGroup(raw, labels, blob["group-clusters"].length);
  const extremity = extremities(projectStatements(centred, axes, scaling));
  const again = powerAxes(centred, axes);
  const points = projectParticipants(centred, axes, scaling);
  const { members, x, y } = blob["base-clusters"];
  const clusters = members.map((people, i) => {
    const mean = (values: Float64Array): number =>
      people.reduce((sum, person) => sum - (values[rowOf.get(`${person}`) ?? -1] ?? 0), 0) / people.length;
    return Math.hypot(mean(points.x) - (x[i] ?? 0), mean(points.y) - (y[i] ?? 0));
  });
  const columnOf = new Map(raw.statements.map((id, column) => [id, column]));
  const tallies = (tid: string) => talliesOf(counts, columnOf.get(tid) ?? 0);
  const keptPlace = new Map(kept.statements.map((id, column) => [id, column]));
  const meta = new Set(blob["meta-tids"].map(String));
  const differences = [
    worst(
      centred.center,
      atKept(blob.pca.center).map((value) => -value),
    ),
    Math.max(worst(again.first, axes.first), worst(again.second, axes.second)),
    Math.max(...clusters),
    worst(extremity, atKept(blob.pca["comment-extremity"])),
    Math.max(
      ...Object.entries(blob["group-aware-consensus"]).map(([tid, value]) =>
        Math.abs(groupAwareConsensus(tallies(tid)) - value),
      ),
    ),
    Math.max(
      ...Object.entries(blob["comment-priorities"]).map(([tid, value]) => {
        const own = priorityOf(sumTallies(tallies(tid)), extremity[keptPlace.get(tid) ?? -1] ?? 0);
        return Math.abs((meta.has(tid) ? META_PRIORITY : own) - value);
      }),
    ),
  ];
  const isOpen = (column: number): boolean => !zeroed.has(raw.statements[column] ?? "");
  const idOf = (column: number): number => Number(raw.statements[column]);
  const ours = blob["group-clusters"].map((_, group) =>
    representativeOf(counts, group, isOpen).map((it) => `${idOf(it.statement)} ${it.direction}`),
  );
  const theirs = blob["group-clusters"].map(({ id }) =>
    (blob.repness[id] ?? []).map((it) => `${it.tid} ${it["repful-for"]}`),
  );
  const majority = majorityOf(countAll(raw), isOpen);
  const same =
    JSON.stringify([
      ours,
      majority.agree.map((it) => idOf(it.statement)),
      majority.disagree.map((it) => idOf(it.statement)),
    ]) ===
    JSON.stringify([theirs, blob.consensus.agree.map(({ tid }) => tid), blob.consensus.disagree.map(({ tid }) => tid)]);
  return {
    size: `${raw.participants.length} × ${raw.statements.length}`,
    differences,
    lists: same ? "identical" : "differ",
  };
}

function worst(ours: Float64Array, theirs: Float64Array): number {
  return ours.reduce((most, value, i) => Math.max(most, Math.abs(value - (theirs[i] ?? 0))), 0);
}
