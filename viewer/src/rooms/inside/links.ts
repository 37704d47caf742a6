import { linkTo } from "../../route.ts";
import { rooms } from "../../state.ts";

/** To a comparison's page, or to its record where the run has no such room. */
export function comparisonLink(run: string, id: string): string {
  return rooms.value.has("comparisons") ? linkTo(run, "comparisons", id) : linkTo(run, "record", id);
}
