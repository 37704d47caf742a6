import type { Room } from "../room.ts";
import { type RoomName, roomPlaces } from "../room-places.ts";
import { AttacksRoom } from "./attacks.tsx";
import { ChainsRoom } from "./chains.tsx";
import { ComparisonsRoom } from "./comparisons.tsx";
import { ConstitutionRoom } from "./constitution.tsx";
import { EvaluationsRoom } from "./evaluations.tsx";
import { GuardRoom } from "./guard.tsx";
import { InsideRoom } from "./inside/inside.tsx";
import { LabelRoom } from "./label.tsx";
import { OversightRoom } from "./oversight/oversight.tsx";
import { Overview } from "./overview.tsx";
import { PrinciplesRoom } from "./principles.tsx";
import { PublicRoom } from "./public.tsx";
import { RecordRoom } from "./record.tsx";
import { TrainingRoom } from "./training.tsx";

const pages: Readonly<Record<RoomName, Room["show"]>> = {
  overview: Overview,
  chains: ChainsRoom,
  comparisons: ComparisonsRoom,
  principles: PrinciplesRoom,
  public: PublicRoom,
  training: TrainingRoom,
  evaluations: EvaluationsRoom,
  inside: InsideRoom,
  oversight: OversightRoom,
  attacks: AttacksRoom,
  guard: GuardRoom,
  label: LabelRoom,
  constitution: ConstitutionRoom,
  record: RecordRoom,
};

/** The viewer's own rooms with their pages. */
export const rooms: readonly Room[] = roomPlaces.map((place) => ({ ...place, show: pages[place.name] }));
