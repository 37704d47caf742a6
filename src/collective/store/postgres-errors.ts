import { errnoOf, PreceptError } from "../../errors.ts";

/** What PostgreSQL refused, for people; anything else comes back as it is. Codes: appendix A of its manual. */
export function asPostgresError(error: unknown, attempted: string): unknown {
  if (error instanceof PreceptError || !(error instanceof Error)) return error;
  const code = errnoOf(error) ?? "";
  const found = error.message;
  if (/^(?:ECONNREFUSED|ENOTFOUND|ENOENT|CONNECT_TIMEOUT|CONNECTION_|ETIMEDOUT|EAI_AGAIN|57P0[123])/.test(code)) {
    const remedy = "start PostgreSQL, or correct the address: nothing was written";
    return new PreceptError("endpoint-down", { attempted, found: `no answer (${found})`, remedy, cause: error });
  }
  if (/^(?:28|42501|25006)/.test(code)) {
    const expected = "a user who may create and write tables";
    return new PreceptError("permission", {
      attempted,
      found,
      expected,
      remedy: "give another user or database",
      cause: error,
    });
  }
  if (/^(?:53|54)/.test(code)) {
    const remedy = "free some space, then try again: nothing of this was written, and all before it is kept";
    return new PreceptError("disk", { attempted, found, remedy, cause: error });
  }
  if (/^(?:55P03|57014|40)/.test(code)) {
    const remedy = "try again: nothing was written";
    return new PreceptError("run-locked", { attempted, found, remedy, cause: error });
  }
  if (/^(?:3D000|42)/.test(code)) {
    const remedy = "give another database";
    return new PreceptError("run-invalid", {
      attempted,
      found,
      expected: "a database for precept",
      remedy,
      cause: error,
    });
  }
  return error;
}
