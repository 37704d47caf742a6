import { attacksRoom } from "./attacks/room.ts";
import { chainsRoom } from "./chains/room.ts";
import { comparisonsRoom } from "./comparisons/room.ts";
import { constitutionRoom } from "./constitution/room.ts";
import { evaluationsRoom } from "./evaluations/room.ts";
import { guardRoom } from "./guard/room.ts";
import { insideRoom } from "./inside/room.ts";
import { labelRoom } from "./labels/room.ts";
import { oversightRoom } from "./oversight/room.ts";
import { principlesRoom } from "./principles/room.ts";
import { publicRoom } from "./public/room.ts";
import type { ServedRoom } from "./room.ts";
import { trainingRoom } from "./training/room.ts";

/** The viewer's own rooms besides the overview; their pages stand in viewer/src/room-places.ts and rooms/index.ts. */
export const servedRooms: readonly ServedRoom[] = [
  chainsRoom,
  comparisonsRoom,
  principlesRoom,
  publicRoom,
  trainingRoom,
  evaluationsRoom,
  insideRoom,
  oversightRoom,
  attacksRoom,
  guardRoom,
  labelRoom,
  constitutionRoom,
];
