import type { ScalingPolicy } from "./policy.ts";
import { levelsBelow } from "./policy-file.ts";

/** What a scaling policy leaves out that may disappoint later, as one sentence each; its file parses all the same. */
export function lintScalingPolicy({ measures, levels, evidenceDays }: ScalingPolicy): string[] {
  const used = new Set(levels.flatMap(({ thresholds }) => Object.keys(thresholds)));
  const unused = Object.keys(measures).filter((name) => !used.has(name));
  const unelicited = Object.entries(measures).filter(([, { elicitation }]) => Object.keys(elicitation).length === 0);
  return [
    ...unused.map((name) => `the measure ${name} has no threshold in any level`),
    ...unelicited.map(
      ([name]) => `the measure ${name} is asked plainly only: nothing tries to draw the capability out`,
    ),
    ...levels.flatMap((level) => {
      const chain = levelsBelow(level, levels);
      const [, below] = chain;
      const hasSafeguards = chain.some(({ safeguards }) => safeguards.suites.length + safeguards.gates.length > 0);
      return [
        ...(hasSafeguards ? [] : [`the level ${level.id} names no safeguard: reaching it always trips the gate`]),
        ...(level.decides.length > 0 ? [] : [`the level ${level.id} does not say who decides`]),
        ...Object.entries(level.thresholds)
          .filter(([name, threshold]) => threshold <= (below?.thresholds[name] ?? 0))
          .map(([name]) => `the level ${level.id} has a threshold of ${name} that is not above that of ${below?.id}`),
      ];
    }),
    ...(evidenceDays === undefined ? ["evidence never grows old: evidenceDays is not set"] : []),
  ];
}
