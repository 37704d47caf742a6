import type { ServedRoom } from "../room.ts";
import { readPrinciples } from "../run/principles.ts";

/** The text of the run's constitution, to be edited. */
export const constitutionRoom: ServedRoom = {
  name: "constitution",
  count: ({ run }) => (readPrinciples(run.folder).length === 0 ? undefined : null),
};
