/** The benchmarks' published figures, scored again by our code. */

import { existsSync } from "node:fs";
import { PreceptError } from "../../../errors.ts";
import { verifyBbq } from "./bbq-golden.ts";
import { isEqual, type VerifiedTable } from "./check.ts";
import { verifyXstestLabels } from "./xstest-labels.ts";

export { type Check, isEqual, type VerifiedTable } from "./check.ts";

/** Published figures that can be scored again from data at hand, by benchmark. */
export const verifications: Readonly<Record<string, (data: string) => Promise<VerifiedTable>>> = {
  bbq: verifyBbq,
  xstest: verifyXstestLabels,
};

const attempted = "Verifying scorers against published figures";

/**
 * Published figures scored again from data in a folder, each published beside ours, as they come.
 * @param names of `verifications`; all without. @throws PreceptError usage for an unknown name or no folder.
 */
export async function* verifyScorers(data: string, names: readonly string[] = []): AsyncGenerator<VerifiedTable> {
  if (!existsSync(data)) {
    throw new PreceptError("usage", {
      attempted,
      found: `no data at ${data}`,
      expected: "a folder with bbq/, bbq-unifiedqa-golden/, xstest-human-labels/",
      remedy: "give --data DIR, or set PRECEPT_DATA; docs/evaluation.md says where the files come from",
    });
  }
  for (const name of names.length === 0 ? Object.keys(verifications) : names) {
    const verify = Object.hasOwn(verifications, name) ? verifications[name] : undefined;
    if (verify === undefined) {
      const expected = `names of ${Object.keys(verifications).join(", ")}`;
      throw new PreceptError("usage", { attempted, found: `"${name}"`, expected });
    }
    yield await verify(data);
  }
}

/** Figures that differ. */
export function mismatchesIn(tables: readonly VerifiedTable[]): VerifiedTable["checks"] {
  return tables.flatMap(({ checks }) => checks.filter((check) => !isEqual(check)));
}

/** @throws PreceptError gate-tripped when a figure differs. */
export function refuseMismatches(tables: readonly VerifiedTable[]): void {
  const [first, ...others] = mismatchesIn(tables);
  if (first === undefined) return;
  throw new PreceptError("gate-tripped", {
    attempted,
    found: `${others.length + 1} that differ, first ${first.name}`,
    expected: "every figure within its tolerance",
    remedy: "check that the data are the versions that docs/evaluation.md names",
  });
}
