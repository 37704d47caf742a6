import { chainListing } from "../chains/listing.ts";
import { comparisonListing, preferenceListing } from "../comparisons/listing.ts";
import type { Listing } from "./listing.ts";

/** The list that the records of a stage make up; a worker is told of it by the stage. */
export const listings: Readonly<Record<string, Listing>> = {
  "sl-cai": chainListing,
  "ai-feedback": comparisonListing,
  "preference-model": preferenceListing,
};
