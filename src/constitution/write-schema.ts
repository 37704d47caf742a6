import { join } from "node:path";
import { packageRoot, writeWhole } from "../storage/index.ts";
import { constitutionJsonSchema } from "./json-schema.ts";

const name = "precept.constitution.schema.json";

/** Path of the published JSON Schema. */
export const constitutionSchemaPath: string = join(packageRoot, "schemas", name);

/** `node src/constitution/write-schema.ts`: writes the published JSON Schema; a test compares it. */
if (import.meta.main === true) {
  writeWhole(constitutionSchemaPath, `${JSON.stringify(constitutionJsonSchema(), null, 2)}\n`);
}
