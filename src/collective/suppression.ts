import type { Counts } from "./analysis.ts";

/** Votes of everybody and of each group on one statement, with the cells that are too small to be shown left out. */
export interface ShownCounts {
  readonly all: Counts | null;
  readonly groups: readonly (Counts | null)[];
}

const totalOf = ({ agree, pass, disagree }: Counts): number => agree + pass + disagree;

/**
 * Leaves out cells of fewer than `smallest` people, and further ones, the smallest first, until what all counts together minus those
 * shown would tell no more than `smallest` people's votes (complementary suppression).
 */
export function suppressCounts(all: Counts, groups: readonly Counts[], smallest: number): ShownCounts {
  if (totalOf(all) < smallest) return { all: null, groups: groups.map(() => null) };
  const shown = groups.map((counts) => totalOf(counts) >= smallest);
  const hiddenPeople = (): number =>
    totalOf(all) - groups.reduce((sum, counts, i) => sum + (shown[i] === true ? totalOf(counts) : 0), 0);
  for (;;) {
    const left = hiddenPeople();
    // Nobody is hidden: nothing can be told by subtracting.
    if (left === 0 || left >= smallest) break;
    const least = groups
      .map((counts, i) => ({ i, total: totalOf(counts) }))
      .filter(({ i }) => shown[i] === true)
      .sort((a, b) => a.total - b.total)[0];
    if (least === undefined) break;
    shown[least.i] = false;
  }
  return { all, groups: groups.map((counts, i) => (shown[i] === true ? counts : null)) };
}

/**
 * Votes on a statement as they may stand beside those of the groups: where fewer than `smallest` people of no group are all that the
 * groups leave out, they are not counted. All less the groups would be their votes, and the groups would go with them.
 */
export function countShown(all: Counts, groups: readonly Counts[], smallest: number): ShownCounts {
  const sum = (vote: keyof Counts): number => groups.reduce((total, counts) => total + counts[vote], 0);
  const grouped = { agree: sum("agree"), pass: sum("pass"), disagree: sum("disagree") };
  const ungrouped = totalOf(all) - totalOf(grouped);
  const areGroupsWhole = groups.every((counts) => totalOf(counts) === 0 || totalOf(counts) >= smallest);
  const areLeftOut = groups.length > 0 && areGroupsWhole && ungrouped < smallest;
  return suppressCounts(areLeftOut ? grouped : all, groups, smallest);
}

/** People who stand near each other: (x, y) is their mean, -1 to 1. `group`: as in the analysis. */
export interface MapCell {
  readonly x: number;
  readonly y: number;
  readonly group: number | null;
  readonly people: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly group: number | null;
}

/** Sides of the map's raster, the finest first. */
const rasters = [32, 16, 8, 4, 2, 1];

/**
 * The map as counts on a raster: points of a group go to the finest square that holds at least `smallest` of them, so that nobody
 * stands on it alone. People of a group smaller than that stand nowhere.
 * @param reach half the width of the map
 */
export function rasterise(points: readonly Point[], reach: number, smallest: number): MapCell[] {
  const groups = Map.groupBy(points, ({ group }) => group);
  return [...groups].flatMap(([group, members]) => {
    const cells: MapCell[] = [];
    let left = members;
    for (const side of rasters) {
      const squares = Map.groupBy(left, (point) => squareOf(point, reach, side));
      left = [];
      for (const inside of squares.values()) {
        const middle = (axis: "x" | "y"): number =>
          reach === 0 ? 0 : inside.reduce((sum, point) => sum + point[axis], 0) / inside.length / reach;
        if (inside.length < smallest) left.push(...inside);
        else cells.push({ x: middle("x"), y: middle("y"), group, people: inside.length });
      }
    }
    return cells;
  });
}

function squareOf({ x, y }: Point, reach: number, side: number): string {
  const place = (value: number): number =>
    Math.min(side - 1, Math.max(0, Math.floor(((reach === 0 ? 0 : value / reach + 1) / 2) * side)));
  return `${place(x)},${place(y)}`;
}
