import type { Shared } from "../shared/index.ts";

/** Every text cleaned by itself: escapes of JSON would hide where a word begins. What names an answer stays, or nobody finds it. */
export function cleanShared(shared: Shared, clean: (text: string) => string): Shared {
  const names = new Set(Object.keys(shared.answers).flatMap(namesIn));
  return JSON.parse(JSON.stringify(shared), (_, value: unknown) =>
    typeof value === "string" && !names.has(value) ? clean(value) : value,
  ) as Shared;
}

/** "runs/demo/records/sl-cai/p-1/response-0" holds the id of a record: its ends, from each slash on. */
function namesIn(address: string): string[] {
  const parts = address.split("/").map(decodeURIComponent);
  return parts.map((_, from) => parts.slice(from).join("/"));
}
