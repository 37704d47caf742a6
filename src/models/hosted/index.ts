export type { SdkModel } from "./sdk-types.ts";
