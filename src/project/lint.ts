import {
  type Constitution,
  type LintIssue,
  lintConstitution,
  loadWithPositions,
  type Position,
} from "../constitution/index.ts";

/** A constitution's faults and where its values stand, for `renderLint`. */
export interface LintedFile {
  /** As messages call it. */
  readonly file: string;
  readonly positions: ReadonlyMap<string, Position>;
  readonly issues: readonly LintIssue[];
}

/**
 * Lints a constitution by its name or file, for the vocabulary of a world where it is meant for one: the one named, else
 * harbor for harbor's own. @throws as `loadConstitution`.
 */
export async function lintConstitutionFile(nameOrPath: string, world?: "harbor"): Promise<LintedFile> {
  const { constitution, positions, file } = await loadWithPositions(nameOrPath);
  const isHarbor = (world ?? constitution.name) === "harbor";
  return { file, positions, issues: await lintFor(constitution, isHarbor) };
}

/** What is found in a constitution, with the words that harbor's models cannot read where it is meant for them. */
export async function lintFor(constitution: Constitution, isHarbor: boolean): Promise<readonly LintIssue[]> {
  if (!isHarbor) return lintConstitution(constitution);
  // Harbor is loaded only where it is asked for.
  const { lintForHarbor } = await import("../worlds/harbor/index.ts");
  return lintForHarbor(constitution);
}
