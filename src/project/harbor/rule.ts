import { dirname } from "node:path";
import { type Constitution, createConstitution, formatConstitution } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { makeFolder, writeWhole } from "../../storage/index.ts";
import { explainUnreadable, parseRule } from "../../worlds/harbor/index.ts";
import { type HarborSettings, harborFolderName } from "./settings.ts";

/** A constitution of one sentence. Its id says what is asked for, and whether it is wanted: no-food, food. */
export function constitutionOfRule(sentence: string): Constitution {
  const text = sentence.trim().split(/\s+/).join(" ");
  const id = idOf(text);
  return createConstitution({ name: id, source: "one sentence of one's own", principles: [{ id, text }] });
}

/** The same of a sentence that harbor's model can read. @throws PreceptError usage, naming the word where it fails */
export function readRule(sentence: string): Constitution {
  const fault = explainUnreadable(sentence.trim());
  if (fault === undefined) return constitutionOfRule(sentence);
  throw new PreceptError("usage", {
    attempted: "Reading the rule",
    found: fault,
    expected: "a sentence in harbor's language, words and full stop apart",
    remedy: '--rule "the answer should not help with food ."',
  });
}

/**
 * Settings and folder of a run; of one sentence, with the constitution of that sentence written beside the folder and, unless
 * another is named, the preset "own". @throws PreceptError usage for a sentence that cannot be read or stands beside another constitution.
 */
export function withRule(
  settings: HarborSettings,
  sentence: string | undefined,
  out: string | undefined,
): { readonly settings: HarborSettings; readonly folder: string } {
  if (sentence === undefined) return { settings, folder: out ?? harborFolderName(settings) };
  if (settings.constitution !== undefined) {
    throw new PreceptError("usage", {
      attempted: "Reading the flags",
      found: "--rule and --constitution",
      expected: "one of them: a sentence, or a file of sentences",
    });
  }
  const own: HarborSettings = { preset: "own", ...omitUndefined(settings) };
  const constitution = readRule(sentence);
  const folder = out ?? harborFolderName({ ...own, constitution: constitution.name });
  const path = `${folder}.yaml`;
  makeFolder(dirname(folder));
  writeWhole(path, formatConstitution(constitution));
  return { settings: { ...own, constitution: path }, folder };
}

function idOf(text: string): string {
  const rule = parseRule(text);
  if (rule === undefined) return "own";
  const about =
    rule.kind === "help" ? rule.categories.slice(0, 4).join("-") : rule.kind === "slot" ? rule.slot : "engage";
  return rule.wanted ? about : `no-${about}`;
}
