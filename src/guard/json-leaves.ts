import { tryJson } from "../storage/index.ts";

/** Every text in a JSON value, keys too; of what is no JSON, nothing but itself. */
export function leavesOf(json: string): string[] {
  const leaves: string[] = [];
  const open = [tryJson(json)];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") leaves.push(value);
    else if (typeof value === "object" && value !== null) {
      if (!Array.isArray(value)) leaves.push(...Object.keys(value));
      for (const item of Object.values(value).reverse()) open.push(item);
    }
  }
  return leaves;
}
