import { PreceptError } from "../../../errors.ts";

/** What is wrong with a GGUF file, or what of it is not read. */
export const damagedGguf = (path: string, found: string, expected: string, remedy?: string): PreceptError =>
  new PreceptError("checkpoint-invalid", {
    attempted: `Reading ${path}`,
    found,
    expected,
    remedy: remedy ?? "fetch the file again",
  });
