import { constitutionHash, type Principle } from "../constitution/index.ts";

/** The hash of one principle: a finding, or a head, names the wording that it holds people to. */
export const principleHash = (principle: Principle): string => constitutionHash({ principles: [principle] });
