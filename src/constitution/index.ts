/** Constitutions and their principles: read, checked, compared, hashed, drawn from, imported from prose, added to. */

export { appendPrinciples } from "./append.ts";
export type {
  Constitution,
  ConstitutionDraft,
  Demonstration,
  Principle,
  PrincipleDraft,
  PrincipleKind,
  Wording,
} from "./constitution.ts";
export { createConstitution } from "./create.ts";
export { type ConstitutionDiff, diffConstitutions, type Rewording } from "./diff.ts";
export { drawPrinciple, type PrincipleUse, principlesFor } from "./draw.ts";
export { deletePrinciple, findPrinciple, invertPrinciple, joinConstitutions } from "./edit.ts";
export { formatConstitution, schemaLine } from "./format.ts";
export type { ChatTurn, ImportNote } from "./formats/imported.ts";
export { type MarkdownSection, markdownSections } from "./formats/markdown.ts";
export { constitutionHash } from "./hash.ts";
export {
  detectFormat,
  IMPORT_FORMATS,
  type ImportFileOptions,
  type ImportFormat,
  type ImportOptions,
  type ImportResult,
  importConstitution,
  importConstitutionFile,
} from "./import.ts";
export {
  ConstitutionInvalid,
  type ConstitutionIssue,
  describeFault,
  describeIssue,
  type Fault,
  type FaultCode,
  formatPath,
  type Path,
  type Position,
} from "./issues.ts";
export { constitutionJsonSchema } from "./json-schema.ts";
export {
  describeLintIssue,
  type LintIssue,
  type LintOptions,
  type LintPrompt,
  lintConstitution,
  type UnreadableWord,
} from "./lint.ts";
export { bundledConstitutions, loadConstitution, loadWithPositions, readTextFile } from "./load.ts";
export { type ParsedConstitution, type ParseOptions, parseConstitution, parseWithPositions } from "./parse.ts";
export { draftPlainWordings, type Wordings } from "./plain-wordings.ts";
export { isTurnedRound } from "./polarity.ts";
export {
  constitutionToJson,
  type LintPlace,
  lintToJson,
  renderConstitution,
  renderDiff,
  renderHashes,
  renderImport,
  renderLint,
} from "./render.ts";
export { findSentenceFault, finishSentence, principlesOfSentences } from "./sentences.ts";
export { pairNearDuplicates } from "./similarity.ts";
export { contentStems, idFromText, slug, uniqueIds } from "./text.ts";
export { type Located, type LocatedEntry, readYaml, type YamlTree } from "./yaml-tree.ts";
export { faultLines, type PlacedFault, readYamlValue, type ValueFault, type YamlValue } from "./yaml-values.ts";
