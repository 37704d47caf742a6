import { allRooms, type RoomPlace } from "./room.ts";
import type { RoomName } from "./room-places.ts";

/** Pages of the viewer, as they stand in the fragment of the URL: it never reaches a server or its log. */
export interface Route {
  /** null: the list of runs, and what stands above runs. */
  readonly run: string | null;
  /** "runs", "compare", or the name of a room. */
  readonly page: string;
  /** Of what the page is about; null for a list. */
  readonly id: string | null;
  /** What stands behind the question mark: a filter, a view. */
  readonly query: string;
}

/** "#/demo/chain/red-team-00032?pattern=put-back"; undefined where the fragment names no page. */
export function parseRoute(fragment: string): Route | undefined {
  const [path = "", ...rest] = fragment.replace(/^#?\/?/u, "").split("?");
  const query = rest.join("?");
  if (path === "") return { run: null, page: "runs", id: null, query };
  if (path === "compare") return { run: null, page: "compare", id: null, query };
  const [run = "", word = "", ...ids] = path.split("/").map(decode);
  const isOf = ({ words }: RoomPlace): boolean => (ids.length > 0 ? words.item : words.room) === word;
  const room = allRooms().find(isOf);
  return room === undefined ? undefined : { run, page: room.name, id: ids.length > 0 ? ids.join("/") : null, query };
}

/** The fragment of a page, "#" included. */
export function formatRoute({ run, page, id, query }: Route): string {
  const behind = query === "" ? "" : `?${query}`;
  if (run === null) return page === "compare" ? `#/compare${behind}` : `#/${behind}`;
  const words = allRooms().find(({ name }) => name === page)?.words;
  const word = (id === null ? words?.room : words?.item) ?? "";
  const parts = [...(word === "" ? [] : [word]), ...(id === null ? [] : id.split("/"))];
  return `#/${[encodeRun(run), ...parts.map(encodeURIComponent)].join("/")}${behind}`;
}

/** The link to a page of a run. */
export function linkTo(run: string, page: RoomName, id: string | null = null, query = ""): string {
  return formatRoute({ run, page, id, query });
}

/** A run may have the name of a page that stands above runs. */
function encodeRun(run: string): string {
  return run === "compare" ? "%63ompare" : encodeURIComponent(run);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
