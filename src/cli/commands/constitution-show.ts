import { constitutionToJson, loadConstitution, renderConstitution } from "../../constitution/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface ShowFlags {
  readonly json: boolean;
}

/** precept constitution show NAME_OR_FILE */
export async function show(this: CliContext, flags: ShowFlags, nameOrPath: string): Promise<void> {
  const constitution = await loadConstitution(nameOrPath, { allowEmpty: true });
  const width = Math.min(100, this.process.stdout.columns || 100);
  if (flags.json) printJson(this, constitutionToJson(constitution));
  else print(this, renderConstitution(constitution, width));
}
