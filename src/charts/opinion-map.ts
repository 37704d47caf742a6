import { type Figure, type Mark, pointForms } from "./panels.ts";

/** People who vote alike, several to a mark, -1 to 1; groups by index. */
export interface OpinionMap {
  readonly cells: readonly {
    readonly x: number;
    readonly y: number;
    /** null: in no group. */
    readonly group: number | null;
    readonly people: number;
  }[];
  /** null where a group is too small to be shown. */
  readonly groups: readonly ({ readonly people: number } | null)[];
}

const colours = ["var(--sl-cai)", "var(--initial)", "var(--rl-cai)", "var(--alarm)", "var(--link)"];

/** The colour of a group, or of whoever is in none. */
export const groupColour = (group: number | null): string =>
  group === null ? "var(--soft)" : (colours[group % colours.length] ?? "var(--ink)");

/** A map of opinion: who votes alike stands near each other. Groups are told apart by colour and form; a mark is larger the more people it stands for. */
export function opinionMap({ cells, groups }: OpinionMap, height: number): Figure {
  const axis = { domain: [-1, 1] as const, ticks: [] };
  const count = (n: number): string => n.toLocaleString("en-US");
  const named = groups.flatMap((group, index) =>
    group === null ? [] : [`group ${index + 1}: ${count(group.people)}`],
  );
  const most = Math.max(1, ...cells.map(({ people }) => people));
  const people = cells.reduce((sum, cell) => sum + cell.people, 0);
  return {
    label: [`A map of ${count(people)} people`, ...named].join(". "),
    // Short, for a phone.
    legend: groups.map((_, index) => ({
      label: index === 0 ? "Group 1" : String(index + 1),
      colour: groupColour(index),
    })),
    panels: [
      {
        ...{ x: axis, y: axis, height },
        marks: cells.map(
          (cell): Mark => ({
            ...{ kind: "point", at: [clamp(cell.x), clamp(cell.y)], colour: groupColour(cell.group) },
            form: pointForms[cell.group === null ? 5 : cell.group % 5],
            size: 1 + 1.4 * Math.sqrt(cell.people / most),
            title: `${cell.group === null ? "no group" : `group ${cell.group + 1}`}: ${count(cell.people)} people`,
          }),
        ),
      },
    ],
  };
}

const clamp = (value: number): number => Math.max(-1, Math.min(1, value));
