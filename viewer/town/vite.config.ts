import { defineConfig } from "vite";
import viewer from "../vite.config.ts";

/** The pages of `precept collective open`: as the viewer's, built beside them. */
export default defineConfig({
  ...viewer,
  build: { ...viewer.build, outDir: "../../dist/town" },
});
