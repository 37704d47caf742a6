import { dirname, resolve } from "node:path";
import { type PublicProvenance, readProvenance } from "../collective/drafting/index.ts";
import {
  bundledConstitutions,
  type Constitution,
  deletePrinciple,
  invertPrinciple,
  loadWithPositions,
} from "../constitution/index.ts";
import type { LoadedConfig } from "./config/config.ts";
import { refuseUnreadable } from "./harbor/readable.ts";

/**
 * The constitution that a project trains in: a file beside its configuration or one that comes with Precept, without what
 * its controls delete and with what they invert.
 * @throws ConstitutionInvalid; PreceptError unknown-principle; constitution-invalid where harbor's model cannot read a principle.
 */
export async function constitutionOf(project: LoadedConfig): Promise<Constitution> {
  const { constitution: name, controls = {}, world } = project.config;
  const loaded = await load(project, name);
  let { constitution } = loaded;
  if (controls.delete !== undefined) constitution = deletePrinciple(constitution, controls.delete);
  if (controls.invert !== undefined) constitution = invertPrinciple(constitution, controls.invert);
  if (world !== undefined) refuseUnreadable(constitution, loaded);
  return constitution;
}

/**
 * The constitution that a project on a world is measured by: its own, whole, whatever its controls delete or invert, unless
 * it names another. @throws as `constitutionOf`.
 */
export async function loadMeasuredBy(project: LoadedConfig): Promise<Constitution> {
  const { constitution, world } = project.config;
  return (await load(project, world?.measuredBy ?? constitution)).constitution;
}

/** The project with another constitution: one that comes with Precept, or a file, by its path from `cwd`. */
export async function withConstitution(
  project: LoadedConfig,
  name: string | undefined,
  cwd: string = process.cwd(),
): Promise<LoadedConfig> {
  if (name === undefined) return project;
  const constitution = (await bundledConstitutions()).includes(name) ? name : resolve(cwd, name);
  return { ...project, config: { ...project.config, constitution } };
}

/**
 * Where the constitution comes from that a public wrote, by the file beside it; undefined for any other.
 * @throws PreceptError input-invalid for such a file that is none.
 */
export async function loadProvenance(project: LoadedConfig): Promise<PublicProvenance | undefined> {
  const { constitution: name } = project.config;
  if ((await bundledConstitutions()).includes(name)) return undefined;
  const { constitution } = await load(project, name);
  return readProvenance(dirname(resolve(project.folder, name)), constitution.hash);
}

async function load({ config: { world }, folder }: LoadedConfig, name: string) {
  const isBundled = (await bundledConstitutions()).includes(name);
  return loadWithPositions(isBundled ? name : resolve(folder, name), { allowEmpty: world !== undefined });
}
