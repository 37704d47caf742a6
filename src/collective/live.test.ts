import { describe, expect, test } from "vitest";
import { rng } from "../rng.ts";
import { addVotes } from "./add-votes.ts";
import { analyse } from "./analyse.ts";
import { LiveAnalysis } from "./live.ts";
import { tableOf } from "./tabulate.ts";
import { simulateTown, statementOf } from "./town.test-support.ts";
import { VOTES } from "./votes.ts";

const town = simulateTown({ seed: 3, people: 60, statements: 20, camps: 2, noise: 0.2, density: 0.6 });
const quick = { resamples: 8, shuffles: 19, mostGroups: 3 };

describe("votes added to a table", () => {
  test("give the table of the whole log, whatever they are: new people, new statements, changed minds", () => {
    const random = rng(1);
    let { votes } = town;
    let table = tableOf({ statements: town.statements, votes }, "canonical");
    for (let round = 0; round < 30; round++) {
      const added = Array.from({ length: 1 + random.integer(4) }, (_, i) => ({
        participant: random.pick([`person-${random.integer(60)}`, `new-${random.integer(9)}`, "zoe", "aaron"]),
        statement: random.pick([`s${random.integer(20)}`, `s${random.integer(20)}`, `late-${random.integer(5)}`]),
        vote: random.pick(VOTES),
        at: 1e6 + 10 * round + i,
      }));
      votes = [...votes, ...added];
      table = addVotes(table, added);
      expect(table).toEqual(tableOf({ statements: town.statements, votes }, "canonical"));
    }
  });

  test("of nobody leave it as it is", () => {
    const table = tableOf(town, "canonical");
    expect(addVotes(table, [])).toEqual(table);
  });
});

describe("an analysis that goes on", () => {
  const cut = town.votes.length - 40;
  const live = LiveAnalysis.of({ ...town, votes: town.votes.slice(0, cut) }, quick);

  test("has after each vote the figures of an analysis of all of them, and its groups", () => {
    for (const event of town.votes.slice(cut)) live.add([event]);
    const warm = live.analysis;
    const cold = analyse(town, quick);
    expect(warm.hashes).toEqual(cold.hashes);
    warm.positions.forEach(({ x, y, group }, i) => {
      const { x: coldX = 0, y: coldY = 0, group: coldGroup } = cold.positions[i] ?? {};
      // The way that an axis points stays; cold it is chosen anew.
      expect(Math.abs(Math.abs(x) - Math.abs(coldX))).toBeLessThan(1e-3);
      expect(Math.abs(Math.abs(y) - Math.abs(coldY))).toBeLessThan(1e-3);
      expect(group).toBe(coldGroup);
    });
    expect(warm.statements.map(({ counts }) => counts)).toEqual(cold.statements.map(({ counts }) => counts));
  });

  test("takes statements that come later", () => {
    live.add([{ participant: "person-1", statement: "late", vote: "agree" }], [statementOf("late")]);
    expect(live.analysis.statements.find(({ statement }) => statement === "late")?.counts.agree).toBe(1);
  });

  test("settled anew is the analysis of the same log", () => {
    const again = LiveAnalysis.of({ ...town, votes: town.votes.slice(0, cut) }, quick);
    again.add(town.votes.slice(cut));
    again.settle();
    expect(again.analysis).toEqual(analyse(town, quick));
  });
});
