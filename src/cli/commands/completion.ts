import { completionScript, type Shell } from "../completion.ts";
import type { CliContext } from "../context.ts";

/** precept completion SHELL: the script that makes Tab complete precept. */
export function completion(this: CliContext, _flags: object, shell: Shell): void {
  this.process.stdout.write(completionScript(shell));
}
