import { placeTicks, widenRange } from "./axes.ts";
import type { Figure, Mark } from "./panels.ts";

/** Counts of one kind, by equal parts of (0, max]. */
export interface HistogramPart {
  readonly label: string;
  readonly colour: string;
  readonly counts: readonly number[];
}

export interface HistogramOptions {
  readonly title: string;
  /** What the axis counts along. */
  readonly axis: string;
  readonly max: number;
  /** Stand on each other, the first at the foot. */
  readonly parts: readonly HistogramPart[];
}

/** How often values fall into equal parts of their range. */
export function histogramFigure({ title, axis, max, parts }: HistogramOptions): Figure {
  const bins = parts[0]?.counts.length ?? 0;
  const width = max / Math.max(1, bins);
  const totals = Array.from({ length: bins }, (_, bin) => parts.reduce((sum, { counts }) => sum + counts[bin]!, 0));
  const domain = widenRange([0, Math.max(1, ...totals)], 3);
  const marks = totals.flatMap((_, bin): Mark[] => {
    let foot = 0;
    return parts.flatMap(({ colour, counts }): Mark[] => {
      const height = counts[bin]!;
      if (height === 0) return [];
      const from = [bin * width, foot] as const;
      foot += height;
      return [{ kind: "field", from, to: [(bin + 0.88) * width, foot], colour }];
    });
  });
  const sum = ({ counts }: HistogramPart): number => counts.reduce((all, count) => all + count, 0);
  return {
    label: `${title}: ${parts.map((part) => `${part.label} ${sum(part)}`).join(", ")}`,
    panels: [
      {
        x: { title: axis, domain: [0, max], ticks: placeTicks([0, max], 4) },
        y: { domain, ticks: placeTicks(domain, 3) },
        height: 120,
        marks,
      },
    ],
    ...(parts.length > 1 && { legend: parts.map(({ label, colour }) => ({ label, colour })) }),
    table: {
      head: [axis, ...parts.map(({ label }) => label)],
      rows: totals.map((_, bin) => [
        `${(bin * width).toFixed(2)} to ${((bin + 1) * width).toFixed(2)}`,
        ...parts.map(({ counts }) => String(counts[bin])),
      ]),
    },
  };
}
