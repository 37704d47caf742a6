import type { ServedRoom } from "../room.ts";
import type { RolloutStep } from "../source-rooms.ts";
import { listRolloutSteps, readRollouts } from "./rollouts.ts";
import { readSeries, trainedStages } from "./series.ts";

/** Points of a number over the steps of a training. */
const mostPoints = 800;

/** Every number of every training over its steps. */
export const trainingRoom: ServedRoom = {
  name: "training",
  count: ({ run }) => (trainedStages(run).length === 0 ? undefined : null),
  answers: {
    series({ run }, { search }) {
      const points = Number(search.get("points") ?? mostPoints);
      return readSeries(run, points >= 2 && points <= mostPoints ? points : mostPoints);
    },
    /** Of one step; without any the steps of which there are some. */
    rollouts: ({ run }, { search }) =>
      search.has("step")
        ? readRollouts(run, search.get("stage") ?? "", Number(search.get("step")))
        : listRolloutSteps(run),
  },
  async share({ ask, keep, keepSpare, tell }) {
    keep(["series"]);
    const steps = (await ask(["rollouts"])) as readonly RolloutStep[];
    for (const { stage, step } of steps) keepSpare(["rollouts"], { stage, step: String(step) });
    if (steps.length > 0)
      tell(steps.length, "step of a training with its answers", "steps of a training with their answers");
  },
};
