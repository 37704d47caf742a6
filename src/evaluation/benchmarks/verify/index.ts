import { verifyBbq } from "./bbq-golden.ts";
import type { VerifiedTable } from "./check.ts";
import { verifyJailbreakBench } from "./jailbreakbench-rates.ts";
import { verifyXstestLabels } from "./xstest-labels.ts";

export { type Check, isEqual, type VerifiedTable } from "./check.ts";

/** Published figures that can be scored again from data at hand, by suite. */
export const verifications: Readonly<Record<string, (data: string) => Promise<VerifiedTable>>> = {
  bbq: verifyBbq,
  xstest: verifyXstestLabels,
  jailbreakbench: verifyJailbreakBench,
};
