import type { Manifest } from "../runs/index.ts";

/** The name of the model that a run was made with, as the run records it; undefined for runs on a world. */
export function initialModelOf({ config: { models } }: Manifest): string | undefined {
  if (typeof models !== "object" || models === null || Array.isArray(models)) return undefined;
  const { initial } = models;
  return typeof initial === "string" ? initial : undefined;
}
