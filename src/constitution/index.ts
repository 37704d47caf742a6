export type { Constitution, Principle } from "./constitution.ts";
