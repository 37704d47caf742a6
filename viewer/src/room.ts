import type { ComponentType } from "preact";
import type { RunPage } from "../../src/view/source.ts";

/** What the address, the keys, the bar and the search know of a room of a run. */
export interface RoomPlace {
  readonly name: string;
  /** In the bar. */
  readonly title: string;
  /** Behind "g". */
  readonly key?: string | undefined;
  /** First parts of its addresses within a run: of the room, and of one thing in it. */
  readonly words: { readonly room?: string | undefined; readonly item?: string | undefined };
  /** The list that the search filters on its page, by the id in the address: null for the room's own, undefined for none. */
  readonly listOf?: ((id: string | null) => string | null | undefined) | undefined;
}

/** A room and its page. */
export interface Room extends RoomPlace {
  readonly show: ComponentType<RoomProps>;
}

export interface RoomProps {
  readonly run: string;
  /** Of what is open in it. */
  readonly id: string | null;
  /** What stands behind the question mark of the address. */
  readonly query: string;
  /** Undefined until the run is there. */
  readonly page: RunPage | undefined;
}

let known: readonly RoomPlace[] = [];

/** The rooms that there are, in the order of the bar. */
export const allRooms = (): readonly RoomPlace[] => known;

export function setRooms(rooms: readonly RoomPlace[]): void {
  known = rooms;
}
