import { join } from "node:path";
import { packageRoot, writeWhole } from "../../storage/index.ts";
import { scalingPolicyJsonSchema } from "./policy.ts";

/** Path of the published JSON Schema. */
export const scalingPolicySchemaPath: string = join(packageRoot, "schemas", "precept.scaling-policy.schema.json");

/** `node src/oversight/policy/write-schema.ts`: writes the published JSON Schema; a test compares it. */
if (import.meta.main === true)
  writeWhole(scalingPolicySchemaPath, `${JSON.stringify(scalingPolicyJsonSchema(), null, 2)}\n`);
