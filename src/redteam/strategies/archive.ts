import type { Rng } from "../../rng.ts";
import {
  type AttackContext,
  ask,
  type Goal,
  type Outcome,
  type Strategy,
  successGrade,
  type Technique,
} from "../strategy.ts";

/** The best text of a principle and a technique, and what became of the tries there. */
interface Cell extends Tally {
  readonly principleId: string;
  readonly technique: Technique;
  elite?: { readonly text: string; readonly id: string; readonly fitness: number };
  /** The last three, for whoever writes the next. */
  recent: { readonly text: string; readonly grade: number | null }[];
}

interface Tally {
  tries: number;
  successes: number;
}

interface Archive {
  readonly cells: readonly Cell[];
  /** Of every goal, over all cells. */
  readonly goals: ReadonlyMap<string, Tally>;
  readonly seen: Set<string>;
}

/** Tries that go where children succeed of late; the others go to cells where nothing was found yet. */
const shareOfYield = 0.5;
const remembered = 3;

/**
 * MAP-Elites over principle × technique: one elite a cell; half of the children go to cells of low fitness, so that the map fills,
 * and half to cells that yield, by the curiosity of Cully & Demiris 2018. A text is never tried twice.
 */
export const archive: Strategy = {
  id: "archive",
  source: "Samvelyan et al. 2024, arXiv 2402.16822; Han et al. 2024, arXiv 2406.11654",
  needs: { rewriting: true },
  isAdaptive: false,
  ways: (techniques) => techniques.map(({ id }) => id),
  async *attack(_, context) {
    const { random, samples, share, rewrite } = context;
    const map = share(() => emptyArchive(context));
    for (let unwritten = 0; unwritten < 3 * map.cells.length; ) {
      const cell = drawCell(map, random);
      const goal = drawGoal(map, context.goals, cell, random);
      const parent = drawParent(map, cell, random);
      const [text] = await rewrite([
        { goal, technique: cell.technique, from: parent?.text, earlier: [...cell.recent] },
      ]);
      const isUsable = text !== undefined && !map.seen.has(text) && !(parent && context.isNear(text, parent.text));
      if (!isUsable) {
        unwritten += 1;
        continue;
      }
      unwritten = 0;
      map.seen.add(text);
      const outcomes: Outcome[] = [];
      for (let sample = 0; sample < samples; sample++) {
        outcomes.push(
          yield {
            messages: ask(text),
            technique: cell.technique.id,
            goalId: goal.id,
            parents: parent === undefined ? [] : [parent.id],
          },
        );
      }
      settle(map, cell, goal, text, outcomes);
    }
  },
};

function emptyArchive({ goals, techniques }: AttackContext): Archive {
  const principles = [...new Set(goals.map(({ principleId }: Goal) => principleId))];
  const cells = principles.flatMap((principleId) =>
    techniques.map((technique): Cell => ({ principleId, technique, tries: 0, successes: 0, recent: [] })),
  );
  const tallies = new Map(goals.map(({ id }): [string, Tally] => [id, { tries: 0, successes: 0 }]));
  return { cells, goals: tallies, seen: new Set() };
}

function drawCell({ cells }: Archive, random: Rng): Cell {
  const isYield = random.next() < shareOfYield;
  return draw(cells, random, (cell) =>
    isYield ? curiosity(cell) : (1 - (cell.elite?.fitness ?? 0) / (successGrade + 0.4)) / (1 + cell.tries),
  );
}

/** Of the cell's principle; those that were broken often are likelier to break again, in a cell where nothing was found too. */
function drawGoal({ goals: tallies }: Archive, goals: readonly Goal[], cell: Cell, random: Rng): Goal {
  const own = goals.filter(({ principleId }) => principleId === cell.principleId);
  return draw(own, random, ({ id }) => curiosity(tallies.get(id) ?? { tries: 0, successes: 0 }));
}

/** Squared share of tries that succeeded; a few tries say little. */
const curiosity = ({ tries, successes }: Tally): number => ((successes + 0.2) / (tries + 0.4)) ** 2;

/** One of the items, by weight. */
function draw<T>(items: readonly T[], random: Rng, weightOf: (item: T) => number): T {
  const weights = items.map(weightOf);
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  const at = weights.findIndex((weight) => {
    left -= weight;
    return left <= 0;
  });
  return items[at] ?? random.pick(items);
}

/** The cell's own elite, else one of another cell whose text is carried over. */
function drawParent({ cells }: Archive, cell: Cell, random: Rng): Cell["elite"] {
  if (cell.elite !== undefined) return cell.elite;
  const filled = cells.flatMap(({ elite }) => (elite === undefined ? [] : [elite]));
  return filled.length === 0 || random.next() < 0.5 ? undefined : random.pick(filled);
}

function settle(map: Archive, cell: Cell, goal: Goal, text: string, outcomes: readonly Outcome[]): void {
  const tally = map.goals.get(goal.id);
  const graded = outcomes.flatMap(({ grade }) => (grade === null ? [] : [grade]));
  const isBroken = 2 * graded.filter((grade) => grade === successGrade).length > graded.length;
  for (const one of tally === undefined ? [cell] : [cell, tally]) {
    one.tries += 1;
    if (isBroken) one.successes += 1;
  }
  cell.recent = [...cell.recent, { text, grade: graded[0] ?? null }].slice(-remembered);
  if (graded.length === 0) return;
  const fitness = graded.reduce((sum, grade) => sum + grade, 0) / graded.length;
  if (fitness >= (cell.elite?.fitness ?? 0)) cell.elite = { text, id: outcomes[0]?.id ?? "", fitness };
}
