import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const fonts = ["source-serif-4", "inter"] as const;

/** The fonts' licence asks to go where the fonts go. */
const fontLicences: Plugin = {
  name: "font-licences",
  generateBundle() {
    for (const font of fonts) {
      const folder = new URL(`../node_modules/@fontsource-variable/${font}/`, import.meta.url);
      this.emitFile({
        type: "asset",
        fileName: `assets/${font}-licence.txt`,
        source: readFileSync(new URL("LICENSE", folder), "utf8"),
      });
    }
  },
};

/** One script, one style sheet and two fonts as files: the page's policy allows nothing inline. */
export default defineConfig({
  base: "./",
  plugins: [fontLicences],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/viewer",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
});
