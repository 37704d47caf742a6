/** Every text of an answer cleaned by itself: escapes of JSON would hide where a word begins. What names an answer stays, or nobody finds it. */
export function cleanTexts(answer: unknown, names: ReadonlySet<string>, clean: (text: string) => string): unknown {
  if (typeof answer === "string") return names.has(answer) ? answer : clean(answer);
  if (Array.isArray(answer)) return answer.map((one) => cleanTexts(one, names, clean));
  if (typeof answer !== "object" || answer === null) return answer;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, cleanTexts(value, names, clean)]));
}

/** "runs/demo/records/sl-cai/p-1/response-0" holds the id of a record: its ends, from each slash on. */
export function namesIn(address: string): string[] {
  const parts = address.split("/").map(decodeURIComponent);
  return parts.map((_, from) => parts.slice(from).join("/"));
}
