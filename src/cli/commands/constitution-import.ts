import { basename } from "node:path";
import {
  constitutionToJson,
  formatConstitution,
  type ImportFormat,
  importConstitution,
  readTextFile,
  renderImport,
} from "../../constitution/index.ts";
import { writeWhole } from "../../storage/index.ts";
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
  const { format, name, section, level } = flags;
  const result = importConstitution(await readTextFile(path), {
    file: basename(path),
    format,
    name,
    sections: section,
    level,
  });
  const yaml = formatConstitution(result.constitution);
  if (flags.out !== undefined) writeWhole(flags.out, yaml);
  if (flags.json) {
    const { notes, chats } = result;
    printJson(this, { format: result.format, notes, chats, constitution: constitutionToJson(result.constitution) });
    return;
  }
  this.process.stderr.write(`${renderImport(result)}\n`);
  if (flags.out === undefined) print(this, yaml.trimEnd());
  else print(this, flags.out);
}
