/** JSON Schemas followed byte by byte, and which tokens may come next. */

export { compileSchema } from "./compile.ts";
export { writeGbnf } from "./gbnf.ts";
export { canHold, checkBeginning, constraintFor, guideFor, type TokenGuide } from "./guide.ts";
export type { Constraint } from "./masks.ts";
