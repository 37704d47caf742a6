import type { ServedRoom } from "../room.ts";
import { readRollouts } from "./rollouts.ts";
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
    rollouts: ({ run }, { search }) => readRollouts(run, search.get("stage") ?? "", Number(search.get("step"))),
  },
  async share({ keep }) {
    await keep("series");
  },
};
