import {
  constitutionToJson,
  type ImportFormat,
  importConstitutionFile,
  renderImport,
} from "../../constitution/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface ImportFlags {
  readonly json: boolean;
  readonly format?: ImportFormat | undefined;
  readonly name?: string | undefined;
  readonly section?: readonly string[];
  readonly level?: number | undefined;
  readonly out?: string | undefined;
}

/** precept constitution import FILE: a published form in, our YAML out (stdout, or --out FILE); notes go to stderr. */
export async function importFile(this: CliContext, flags: ImportFlags, path: string): Promise<void> {
  const { section, json, ...options } = flags;
  const result = await importConstitutionFile(path, { ...options, sections: section });
  if (json) {
    const { format, notes, chats, constitution } = result;
    printJson(this, { format, notes, chats, constitution: constitutionToJson(constitution) });
    return;
  }
  this.process.stderr.write(`${renderImport(result)}\n`);
  print(this, flags.out ?? result.yaml.trimEnd());
}
