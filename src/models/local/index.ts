export { LocalModel } from "./local.ts";
