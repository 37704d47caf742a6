import type { ServedRoom } from "../room.ts";
import { countRecords } from "../run/record-counts.ts";

/** There as soon as a judge has said anything that a person could be held beside. */
export const labelRoom: ServedRoom = {
  name: "label",
  count({ run }) {
    const isLabelled = run.run.stages.some(({ name }) => {
      const counts = countRecords(run, name);
      return (counts["comparison"] ?? 0) + (counts["critique"] ?? 0) > 0;
    });
    return isLabelled ? null : undefined;
  },
};
