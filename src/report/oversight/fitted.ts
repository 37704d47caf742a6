import type { FoundPart } from "../../charts/index.ts";
import type { KeptOveroptimisation, KeptScaling } from "../../oversight/index.ts";
import { column, numbers, toCell, valueCell } from "./part.ts";

const units = { parameters: "parameters", tokens: "tokens", flops: "training FLOPs", "rl-steps": "RL steps" } as const;

/** `mark`: what makes its id another one than that of a run's own fit over the same axis. */
export function scalingPart(
  { over, runs, tendencies, notes, inside, errors }: KeptScaling,
  mark: "" | "-beside" = "",
): FoundPart {
  const show = (kind: "rate" | "gap", value: number): string =>
    (kind === "rate" ? `${(100 * value).toFixed(1)} %` : value.toFixed(3)).replaceAll("-", "−");
  const named = [
    ["the fit", errors.fit],
    ["a constant", errors.constant],
    ["a straight line", errors.line],
    ["the size before", errors["size before"]],
  ] as const;
  return {
    id: `scaling-${over}${mark}`,
    title: `How tendencies grow with ${units[over]}`,
    under: `${runs.length} runs; the fit has not seen the largest, and its interval is of what would be measured there.`,
    tables: [
      {
        label: `Foretold and measured, by ${units[over]}`,
        head: [column("Tendency"), column("Form"), numbers("Foretold"), numbers("Measured"), column("")],
        rows: tendencies.map(({ name, kind, form, prediction }) => [
          toCell(name),
          toCell(form),
          {
            text: show(kind, prediction.predicted),
            below: `${show(kind, prediction.low)} to ${show(kind, prediction.high)}`,
          },
          { text: show(kind, prediction.observed.estimate), below: `n ${prediction.observed.n}` },
          toCell(prediction.isInside ? "inside" : "outside"),
        ]),
      },
      {
        label: "Mean error at the largest",
        head: [column("Rule"), numbers("Mean error")],
        rows: named.map(([rule, error]) => [toCell(rule), toCell(error.toFixed(3))]),
      },
    ],
    curves: { xTitle: units[over], of: tendencies },
    notes: [
      `${inside} of ${tendencies.length} inside their 95 % intervals.`,
      ...notes.map((note) => `Left out: ${note}`),
    ],
  };
}

export function overoptimisationPart({ courses, prompts }: KeptOveroptimisation): FoundPart {
  const nameOf = ({ size, comparisons, pressure }: (typeof courses)[number]): string =>
    `${size}, ${comparisons} comparisons, ${pressure === "rl" ? "RL" : "best of n"}`;
  return {
    id: "overoptimisation",
    title: "Over-optimisation",
    under: `Gold reward against the preference model's own, over the root of the KL divergence in nats, on ${prompts} prompts (Gao et al. 2022).`,
    tables: [
      {
        label: "Over-optimisation by preference model",
        head: [
          column("Preference model"),
          numbers("α"),
          numbers("β"),
          numbers("Gold: end − peak (chosen on the other half)"),
          column(""),
        ],
        rows: courses.map((course) => [
          toCell(nameOf(course)),
          valueCell(course.alpha),
          valueCell(course.beta),
          valueCell(course.fall.gold),
          toCell(course.isOveroptimised ? "gold falls while the proxy rises" : "no fall is shown"),
        ]),
      },
    ],
    courses: courses.map((course) => ({ name: nameOf(course), points: course.points })),
    notes: [],
  };
}
