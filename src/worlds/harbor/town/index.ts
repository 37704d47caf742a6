/** Harbor's town: a simulated public whose wishes are known, so that what an engine makes of its votes can be measured. */

export {
  drawTown,
  judgePrinciple,
  ratifyAsTown,
  shuffleVotes,
  type Town,
  type TownOptions,
  usualTown,
} from "./town.ts";
export { contraryTopics, sharedTopics } from "./wishes.ts";
