import { resolve } from "node:path";
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

async function load({ config: { world }, folder }: LoadedConfig, name: string) {
  const isBundled = (await bundledConstitutions()).includes(name);
  return loadWithPositions(isBundled ? name : resolve(folder, name), { allowEmpty: world !== undefined });
}
