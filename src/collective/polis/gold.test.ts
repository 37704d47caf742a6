import { describe, expect, test } from "vitest";
import { centreVotes } from "../centred.ts";
import { countAll, countByGroup, sumTallies, talliesOf, tallyOf } from "../counts.ts";
import { majorityOf } from "../majority.ts";
import { META_PRIORITY, priorityOf } from "../priorities.ts";
import { type Axes, extremities, projectParticipants, projectStatements } from "../projection.ts";
import { type Chosen, representativeOf } from "../representative.ts";
import { groupAwareConsensus } from "../shares.ts";
import { selectColumns } from "../table.ts";
import { tableOf } from "../tabulate.ts";
import type { Statement } from "../votes.ts";
import { powerAxes } from "./axes.ts";
import { type Cluster, polisKMeans } from "./clusters.ts";
import { eligibleRows } from "./eligible.ts";
import { goldNames, hasPolisData, readGold, trapName } from "./gold.test-support.ts";

const DIGITS = 1e-9;

function conversationOf(name: string) {
  const { blob, votes } = readGold(name);
  const statements = blob.tids.map((tid) => statementOf(String(tid)));
  const raw = tableOf({ statements, votes }, "encounter");
  const columnOf = new Map(raw.statements.map((id, column) => [Number(id), column]));
  const rowOf = new Map(raw.participants.map((id, row) => [Number(id), row]));
  const zeroed = new Set([...blob["mod-out"], ...blob["meta-tids"]].map(String));
  const isKept = (id: string): boolean => !zeroed.has(id);
  const labels = new Int8Array(raw.participants.length).fill(-1);
  const base = new Map(blob["base-clusters"].id.map((id, i) => [id, blob["base-clusters"].members[i] ?? []]));
  blob["group-clusters"].forEach(({ members }, group) => {
    for (const id of members) for (const person of base.get(id) ?? []) labels[rowOf.get(person) ?? -1] = group;
  });
  /** A list over blob.tids, at our columns that are kept. */
  const atKept = (values: readonly number[]): Float64Array => {
    const published = new Map(blob.tids.map((tid, i) => [String(tid), values[i] as number]));
    return Float64Array.from(raw.statements.filter(isKept), (id) => published.get(id) as number);
  };
  return { blob, raw, columnOf, rowOf, isKept, labels, atKept, kept: selectColumns(raw, isKept) };
}

function statementOf(id: string): Statement {
  return { id, text: id, at: 0, isSeed: false, isMeta: false, moderation: "accepted" };
}

function worst(ours: Float64Array, theirs: Float64Array, sign = 1): number {
  return ours.reduce((most, value, i) => Math.max(most, Math.abs(value - sign * (theirs[i] as number))), 0);
}

// The body of a skipped suite is run all the same, and would read what is not there.
if (!hasPolisData()) test.skip("Polis's own figures");
else
  describe("Polis's own figures", () => {
    describe.each(goldNames)("of %s", (name) => {
      const { blob, raw, columnOf, rowOf, isKept, labels, atKept, kept } = conversationOf(name);
      const votes = centreVotes(kept);
      const published: Axes = { first: atKept(blob.pca.comps[0]), second: atKept(blob.pca.comps[1]) };
      const scaling = { zeroedColumns: raw.statements.length - kept.statements.length };
      const counts = countByGroup(raw, labels, blob["group-clusters"].length);
      const isOpen = (statement: number): boolean => isKept(raw.statements[statement] as string);

      test("centre, of the opposite sign", () => {
        expect(worst(votes.center, atKept(blob.pca.center), -1)).toBeLessThan(DIGITS);
      });

      test("components: from the published ones the next update stays where it is", () => {
        const axes = powerAxes(votes, published);
        expect(worst(axes.first, published.first)).toBeLessThan(DIGITS);
        expect(worst(axes.second, published.second)).toBeLessThan(DIGITS);
      });

      test("components, cold, up to the sign", () => {
        const axes = powerAxes(votes);
        for (const axis of ["first", "second"] as const) {
          const cosine = axes[axis].reduce((sum, value, i) => sum + value * (published[axis][i] as number), 0);
          expect(Math.abs(cosine)).toBeGreaterThan(1 - 1e-6);
        }
      });

      test("base clusters are the means of their members' projections", () => {
        const { x, y } = projectParticipants(votes, published, scaling);
        const { members, x: theirX, y: theirY } = blob["base-clusters"];
        members.forEach((people, i) => {
          const mean = (values: Float64Array): number =>
            people.reduce((sum, person) => sum - (values[rowOf.get(person) as number] as number), 0) / people.length;
          expect(Math.hypot(mean(x) - (theirX[i] as number), mean(y) - (theirY[i] as number))).toBeLessThan(DIGITS);
        });
      });

      test("projection and extremity of statements", () => {
        const points = projectStatements(votes, published, scaling);
        expect(worst(points.x, atKept(blob.pca["comment-projection"][0]), -1)).toBeLessThan(DIGITS);
        expect(worst(points.y, atKept(blob.pca["comment-projection"][1]), -1)).toBeLessThan(DIGITS);
        expect(worst(extremities(points), atKept(blob.pca["comment-extremity"]))).toBeLessThan(DIGITS);
      });

      test("who is clustered: everybody of the stateless rule is in the published set, which grew over its history", () => {
        const ours = eligibleRows(raw).map((row) => Number(raw.participants[row]));
        const theirs = new Set(blob["in-conv"]);
        expect(ours.filter((person) => !theirs.has(person))).toEqual([]);
        const before = blob["in-conv"].map((person) => rowOf.get(person) as number);
        const rows = eligibleRows(raw, before).map((row) => Number(raw.participants[row]));
        expect(rows.sort((a, b) => a - b)).toEqual([...theirs].sort((a, b) => a - b));
      });

      test("clusters: the published ones, given as those of the last update, stay together", () => {
        const { x, y } = projectParticipants(votes, published, scaling);
        const eligible = blob["in-conv"].map((person) => rowOf.get(person) as number);
        const indexOf = new Map(blob["in-conv"].map((person, index) => [person, index]));
        const points = { x: at(x, eligible), y: at(y, eligible) };
        const given = blob["base-clusters"].members.map((people) => ({
          members: people.map((person) => indexOf.get(person) as number),
          x: 0,
          y: 0,
        }));
        const bases = polisKMeans({ points, k: 100, iterations: 100 }, given);
        expect(membersOf(bases)).toEqual(membersOf(given));
        const centres = {
          x: Float64Array.from(blob["base-clusters"].x),
          y: Float64Array.from(blob["base-clusters"].y),
        };
        const indexOfBase = new Map(blob["base-clusters"].id.map((id, index) => [id, index]));
        const groups = blob["group-clusters"].map(({ members }) => ({
          members: members.map((id) => indexOfBase.get(id) as number),
          x: 0,
          y: 0,
        }));
        const weights = blob["base-clusters"].members.map(({ length }) => length);
        const again = polisKMeans({ points: centres, weights, k: groups.length, iterations: 20 }, groups);
        expect(membersOf(again)).toEqual(membersOf(groups));
      });

      test("votes of groups and group-aware consensus", () => {
        for (const [tid, value] of Object.entries(blob["group-aware-consensus"])) {
          const tallies = talliesOf(counts, columnOf.get(Number(tid)) as number);
          const theirs = blob["group-clusters"].map(({ id }) => blob["group-votes"][id]?.votes[tid]);
          expect(tallies).toEqual(theirs.map((of) => ({ agrees: of?.A, disagrees: of?.D, votes: of?.S })));
          expect(Math.abs(groupAwareConsensus(tallies) - value)).toBeLessThan(DIGITS);
        }
      });

      test("priorities", () => {
        const extremity = new Map(
          kept.statements.map((id, column) => [id, extremities(projectStatements(votes, published, scaling))[column]]),
        );
        const meta = new Set(blob["meta-tids"]);
        for (const [tid, value] of Object.entries(blob["comment-priorities"])) {
          const tally = sumTallies(talliesOf(counts, columnOf.get(Number(tid)) as number));
          const ours = meta.has(Number(tid)) ? META_PRIORITY : priorityOf(tally, extremity.get(tid) ?? 0);
          expect(Math.abs(ours - value)).toBeLessThan(DIGITS);
        }
      });

      test("representative statements of every group, in their order", () => {
        blob["group-clusters"].forEach(({ id }, group) => {
          const ours = representativeOf(counts, group, isOpen);
          const theirs = blob.repness[id] ?? [];
          expect(ours.map((chosen) => entryOf(chosen, raw.statements))).toEqual(
            theirs.map((it) => [it.tid, it["repful-for"], it["n-success"], it["n-trials"]]),
          );
          ours.forEach((chosen, i) => {
            const it = theirs[i];
            expect(chosen.share).toBeCloseTo(it?.["p-success"] ?? 0, 9);
            expect(chosen.shareZ).toBeCloseTo(it?.["p-test"] ?? 0, 9);
            expect(chosen.ratio).toBeCloseTo(it?.repness ?? 0, 9);
            // Stored in seven digits.
            expect(chosen.ratioZ).toBeCloseTo(it?.["repness-test"] ?? 0, 5);
          });
        });
      });

      test("statements that most of everybody agrees or disagrees with", () => {
        const majority = majorityOf(countAll(raw), isOpen);
        for (const direction of ["agree", "disagree"] as const) {
          expect(
            majority[direction].map(({ statement, ...it }) => [raw.statements[statement], it.successes, it.trials]),
          ).toEqual(blob.consensus[direction].map((it) => [String(it.tid), it["n-success"], it["n-trials"]]));
        }
      });
    });

    describe(`of ${trapName}, the named trap`, () => {
      const { blob, raw, columnOf, labels, atKept, kept } = conversationOf(trapName);

      test("were made with a participant whose votes are not there: the centre is off", () => {
        expect(raw.participants).toHaveLength(blob.n - 1);
        const off = worst(centreVotes(kept).center, atKept(blob.pca.center), -1);
        expect(off).toBeGreaterThan(0.03);
        expect(off).toBeLessThan(0.04);
      });

      test("give every priority as 49, as if all statements were about the conversation itself", () => {
        expect(new Set(Object.values(blob["comment-priorities"]))).toEqual(new Set([META_PRIORITY]));
      });

      test("count what is there as they should", () => {
        const counts = countByGroup(raw, labels, blob["group-clusters"].length);
        const tid = Number(raw.statements[0]);
        expect(tallyOf(counts, 0, columnOf.get(tid) as number).votes).toBeGreaterThan(0);
        for (const [id, value] of Object.entries(blob["group-aware-consensus"])) {
          const tallies = talliesOf(counts, columnOf.get(Number(id)) as number);
          expect(Math.abs(groupAwareConsensus(tallies) - value)).toBeLessThan(DIGITS);
        }
      });
    });
  });

function at(values: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (row) => -(values[row] as number));
}

function membersOf(clusters: readonly Cluster[]): string[] {
  return clusters.map(({ members }) => [...members].sort((a, b) => a - b).join(" ")).sort();
}

function entryOf({ statement, direction, successes, trials }: Chosen, ids: readonly string[]): unknown[] {
  return [Number(ids[statement]), direction, successes, trials];
}
