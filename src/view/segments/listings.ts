import { chainListing } from "../chains/listing.ts";
import { comparisonListing, preferenceListing } from "../comparisons/listing.ts";
import { answerListing, isMeasuring } from "../evaluations/listing.ts";
import { guardListing } from "../guard/listing.ts";
import type { Listing } from "./listing.ts";

/** The lists that records make up, by the name of their stage; a worker is told of one by its name. */
export const listings: Readonly<Record<string, Listing>> = {
  "sl-cai": chainListing,
  "ai-feedback": comparisonListing,
  "preference-model": preferenceListing,
  evaluate: answerListing,
  guard: guardListing,
};

/** The list that the records of a stage make up. */
export function listingOf(stage: string): string | undefined {
  const name = isMeasuring(stage) ? "evaluate" : stage;
  return Object.hasOwn(listings, name) ? name : undefined;
}
