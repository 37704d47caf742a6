import { fileURLToPath } from "node:url";
import { build } from "vite";

/** Builds the viewer's pages with the further room into a folder. */
export async function buildPages(outDir: string): Promise<void> {
  await build({
    configFile: fileURLToPath(new URL("../../viewer/vite.config.ts", import.meta.url)),
    root: fileURLToPath(new URL(".", import.meta.url)),
    logLevel: "warn",
    build: { outDir },
  });
}
