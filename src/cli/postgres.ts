import { PreceptError } from "../errors.ts";
import type { CliContext } from "./context.ts";

/** The database that holds a conversation's log; its address holds a password, so it comes from the environment alone. */
export function postgresOf({ env }: CliContext, isAsked: boolean): string | undefined {
  if (!isAsked) return undefined;
  const url = env["PRECEPT_POSTGRES"];
  if (url !== undefined && /^postgres(?:ql)?:\/\//.test(url)) return url;
  throw new PreceptError("usage", {
    attempted: "Opening a log in PostgreSQL",
    found: url === undefined ? "no PRECEPT_POSTGRES" : "a PRECEPT_POSTGRES that is no address of PostgreSQL",
    expected: "postgres://USER:PASSWORD@HOST/DATABASE",
    remedy: "set PRECEPT_POSTGRES, or leave --postgres out: one file in the conversation's folder does",
  });
}
