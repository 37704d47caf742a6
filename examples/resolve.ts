/** In a clone, "precept/ROOM" is src/ROOM: `node --import ./examples/resolve.ts examples/train.ts`, or `npm run example examples/train.ts`. */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    const [, room] = /^precept(?:\/(.+))?$/.exec(specifier) ?? [];
    if (specifier !== "precept" && room === undefined) return next(specifier, context);
    return {
      url: new URL(`../src/${room === undefined ? "" : `${room}/`}index.ts`, import.meta.url).href,
      shortCircuit: true,
    };
  },
});
