import { chainListing } from "../chains/listing.ts";
import { comparisonListing, preferenceListing } from "../comparisons/listing.ts";
import type { Listing } from "./listing.ts";

/** Lists by name, as a worker is told of them. */
export const listings: Readonly<Record<string, Listing>> = Object.fromEntries(
  [chainListing, comparisonListing, preferenceListing].map((listing) => [listing.name, listing]),
);
