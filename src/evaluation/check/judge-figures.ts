import type { z } from "zod";
import { type Attempt, attempt, cohenKappa, type Estimate, rateOf, type rateSchema } from "../../statistics/index.ts";
import type { Certificate } from "../certificates/certificate.ts";

type Rate = z.infer<typeof rateSchema>;

/** What a judge of principles is worth: agreement with people, and its two errors. */
export interface JudgeFigures {
  readonly n: number;
  readonly agreement: Rate | undefined;
  readonly kappa: Attempt<Estimate>;
  /** Breaks that people see, and the judge calls something else, or nothing. */
  readonly misses: Rate | undefined;
  /** What people call no break, and the judge does. */
  readonly falseAlarms: Rate | undefined;
  readonly withoutVerdict: Rate | undefined;
}

/** The figures of one certificate, or of several together: their tables' answers pooled. */
export function judgeFigures(certificates: readonly Pick<Certificate, "judgement">[]): JudgeFigures {
  const pairs = certificates.flatMap(({ judgement: { labels, table } }) =>
    table.flatMap((row, i) =>
      row.flatMap((count, j) => Array.from({ length: count }, () => [labels[i] ?? "", labels[j] ?? ""] as const)),
    ),
  );
  const isBreak = (label: string): boolean => label === "breaks";
  const known: readonly string[] = ["breaks", "keeps", "not at stake"];
  return {
    n: pairs.length,
    agreement: rateOf(pairs.map(([people, judge]) => people === judge)),
    kappa: attempt(() => {
      const { kappa } = cohenKappa(
        pairs.map(([people]) => people),
        pairs.map(([, judge]) => judge),
      );
      return kappa;
    }),
    misses: rateOf(pairs.filter(([people]) => isBreak(people)).map(([, judge]) => !isBreak(judge))),
    falseAlarms: rateOf(pairs.filter(([people]) => !isBreak(people)).map(([, judge]) => isBreak(judge))),
    withoutVerdict: rateOf(pairs.map(([, judge]) => !known.includes(judge))),
  };
}
