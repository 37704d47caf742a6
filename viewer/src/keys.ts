import { allRooms } from "./room.ts";

/** What a key asks for. A room answers those that it knows. */
export type Action =
  | "next"
  | "previous"
  | "open"
  | "back"
  | "search"
  | "filters"
  | "changes"
  | "roundBefore"
  | "roundAfter"
  | "other"
  | "drop"
  | "keep"
  | "note"
  | "undo"
  | "copy"
  | "raw"
  | "help"
  | `label:${string}`
  | `go:${string}`;

/** Every key, in the order of the help: all have a button or a link too. */
export const keyMap: readonly { readonly keys: readonly string[]; readonly action: Action; readonly says: string }[] = [
  { keys: ["j", "ArrowDown"], action: "next", says: "next of this list" },
  { keys: ["k", "ArrowUp"], action: "previous", says: "previous of this list" },
  { keys: ["Enter"], action: "open", says: "open" },
  { keys: ["Escape"], action: "back", says: "back to the list" },
  { keys: ["/"], action: "search", says: "search, or open an id" },
  { keys: ["f"], action: "filters", says: "filters" },
  { keys: ["d"], action: "changes", says: "changes: from round to round, from the response, none" },
  { keys: ["["], action: "roundBefore", says: "round before" },
  { keys: ["]"], action: "roundAfter", says: "round after" },
  { keys: ["s"], action: "other", says: "other order, other side" },
  { keys: ["x"], action: "drop", says: "drop; again undoes" },
  { keys: ["y"], action: "keep", says: "keep; again undoes" },
  { keys: ["n"], action: "note", says: "note" },
  { keys: ["u"], action: "undo", says: "undo the last mark or label" },
  { keys: ["a"], action: "label:a", says: "label: A is better" },
  { keys: ["b"], action: "label:b", says: "label: B is better" },
  { keys: ["t"], action: "label:tie", says: "label: a tie" },
  { keys: ["c"], action: "copy", says: "copy link" },
  { keys: ["r"], action: "raw", says: "raw record" },
  { keys: ["?"], action: "help", says: "all keys" },
];

/** Letters behind "g", and where they lead. */
export function roomKeys(): ReadonlyMap<string, string> {
  const own = allRooms().flatMap(({ key, name }): [string, string][] => (key === undefined ? [] : [[key, name]]));
  return new Map([...own, ["r", "runs"]]);
}

/** Labels by their number, as on the keyboard of `precept calibrate`. */
export const labelKeys = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

const actions = new Map<string, Action>([
  ...keyMap.flatMap(({ keys, action }) => keys.map((key): [string, Action] => [key, action])),
  ...labelKeys.map((key): [string, Action] => [key, `label:${key}`]),
]);
/** Milliseconds in which the second key of a pair must come. */
const pairTime = 1500;

export interface Press {
  readonly key: string;
  /** Milliseconds. */
  readonly at: number;
  readonly hasModifier: boolean;
  /** In a field for text. */
  readonly isTyping: boolean;
}

/** Turns presses into actions; keeps the "g" of a pair. Escape counts while typing too: it leaves the field. */
export class KeyReader {
  private started = Number.NEGATIVE_INFINITY;

  read({ key, at, hasModifier, isTyping }: Press): Action | undefined {
    if (hasModifier || (isTyping && key !== "Escape")) return undefined;
    if (at - this.started < pairTime) {
      this.started = Number.NEGATIVE_INFINITY;
      const room = roomKeys().get(key);
      if (room !== undefined) return `go:${room}`;
    }
    if (key === "g") {
      this.started = at;
      return undefined;
    }
    return actions.get(key);
  }
}
