import { join } from "node:path";
import { packageRoot, writeWhole } from "../storage/index.ts";
import { policyJsonSchema } from "./policy.ts";

/** Path of the published JSON Schema. */
export const policySchemaPath: string = join(packageRoot, "schemas", "precept.guard.schema.json");

/** `node src/guard/write-schema.ts`: writes the published JSON Schema; a test compares it. */
if (import.meta.main === true) writeWhole(policySchemaPath, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
