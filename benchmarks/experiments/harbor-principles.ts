import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConstitution } from "../../src/constitution/index.ts";
import { packageRoot } from "../../src/storage/index.ts";

/** Names of harbor's principles, in the order of its constitution. */
export const harborPrinciples: readonly string[] = parseConstitution(
  readFileSync(join(packageRoot, "constitutions", "harbor.yaml"), "utf8"),
).principles.map(({ id }) => id);
