import { join } from "node:path";
import { packageRoot, writeWhole } from "../../storage/index.ts";
import { configJsonSchema } from "./schema.ts";

/** Path of the published JSON Schema. */
export const schemaPath: string = join(packageRoot, "schemas", "precept.config.schema.json");

/** `node src/project/config/write-schema.ts`: writes the published JSON Schema; a test compares it. */
if (import.meta.main === true) writeWhole(schemaPath, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
