import type { RoomPlace } from "./room.ts";

/** The viewer's own rooms, in the order of the bar; their pages stand in rooms/index.ts. "record" is none of the bar. */
export const roomPlaces = [
  { name: "overview", title: "Overview", key: "o", words: { room: "" } },
  { name: "chains", title: "Chains", key: "c", words: { room: "chains", item: "chain" }, listOf: () => null },
  {
    name: "comparisons",
    title: "Comparisons",
    key: "m",
    words: { room: "comparisons", item: "comparison" },
    listOf: () => null,
  },
  { name: "principles", title: "Principles", key: "p", words: { room: "principles", item: "principle" } },
  { name: "public", title: "Public", key: "u", words: { room: "public", item: "public" } },
  { name: "training", title: "Training", key: "t", words: { room: "training" } },
  {
    name: "evaluations",
    title: "Evaluations",
    key: "e",
    words: { room: "suites", item: "suite" },
    listOf: (id) => id?.split("/")[0],
  },
  { name: "inside", title: "Inside", key: "i", words: { room: "inside", item: "inside" } },
  { name: "oversight", title: "Oversight", key: "v", words: { room: "oversight" } },
  { name: "attacks", title: "Attacks", key: "a", words: { room: "attacks" } },
  { name: "guard", title: "Guard", key: "d", words: { room: "guard", item: "guard" } },
  { name: "label", title: "Label", key: "l", words: { room: "label" } },
  { name: "constitution", title: "Constitution", words: { room: "constitution" } },
  { name: "record", title: "Record", words: { item: "record" } },
] as const satisfies readonly RoomPlace[];

export type RoomName = (typeof roomPlaces)[number]["name"];
