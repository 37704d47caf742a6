import { buildCommand, buildRouteMap } from "@stricli/core";
import { json, text } from "../parameters.ts";

/** precept python …: the environment that trains by TRL. */
export const pythonRoutes = buildRouteMap({
  docs: { brief: "The Python environment that training by TRL runs in" },
  routes: {
    setup: buildCommand({
      docs: { brief: "Make it, with pinned packages, and say what was fetched and how large it is" },
      parameters: {
        flags: { python: text("PATH", "The Python, 3.10 or later, that makes it; default uv's or python3"), json },
      },
      loader: async () => (await import("../commands/python.ts")).setup,
    }),
  },
});
