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
interface Cell {
  readonly principleId: string;
  readonly technique: Technique;
  elite?: { readonly text: string; readonly id: string; readonly fitness: number };
  tries: number;
  successes: number;
  /** The last three, for whoever writes the next. */
  recent: { readonly text: string; readonly grade: number | null }[];
}

interface Archive {
  readonly cells: readonly Cell[];
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
      const goal = random.pick(context.goals.filter(({ principleId }) => principleId === cell.principleId));
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
      settle(cell, text, outcomes);
    }
  },
};

function emptyArchive({ goals, techniques }: AttackContext): Archive {
  const principles = [...new Set(goals.map(({ principleId }: Goal) => principleId))];
  const cells = principles.flatMap((principleId) =>
    techniques.map((technique): Cell => ({ principleId, technique, tries: 0, successes: 0, recent: [] })),
  );
  return { cells, seen: new Set() };
}

function drawCell({ cells }: Archive, random: Rng): Cell {
  const isYield = random.next() < shareOfYield;
  const weights = cells.map(({ elite, tries, successes }) =>
    isYield
      ? ((successes + 0.1) / (tries + 0.2)) ** 2
      : (1 - (elite?.fitness ?? 0) / (successGrade + 0.4)) / (1 + tries),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = random.next() * total;
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    const cell = cells[index];
    if (left <= 0 && cell !== undefined) return cell;
  }
  return random.pick(cells);
}

/** The cell's own elite, else one of another cell whose text is carried over. */
function drawParent({ cells }: Archive, cell: Cell, random: Rng): Cell["elite"] {
  if (cell.elite !== undefined) return cell.elite;
  const filled = cells.flatMap(({ elite }) => (elite === undefined ? [] : [elite]));
  return filled.length === 0 || random.next() < 0.5 ? undefined : random.pick(filled);
}

function settle(cell: Cell, text: string, outcomes: readonly Outcome[]): void {
  const graded = outcomes.flatMap(({ grade }) => (grade === null ? [] : [grade]));
  cell.tries += 1;
  cell.recent = [...cell.recent, { text, grade: graded[0] ?? null }].slice(-remembered);
  if (graded.length === 0) return;
  const fitness = graded.reduce((sum, grade) => sum + grade, 0) / graded.length;
  if (2 * graded.filter((grade) => grade === successGrade).length > graded.length) cell.successes += 1;
  if (fitness >= (cell.elite?.fitness ?? 0)) cell.elite = { text, id: outcomes[0]?.id ?? "", fitness };
}
