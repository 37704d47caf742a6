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
export async function constitutionOf({ config, folder }: LoadedConfig): Promise<Constitution> {
  const { constitution: name, controls = {}, world } = config;
  const isBundled = (await bundledConstitutions()).includes(name);
  const source = isBundled ? name : resolve(folder, name);
  const loaded = await loadWithPositions(source, { allowEmpty: world !== undefined });
  let { constitution } = loaded;
  if (controls.delete !== undefined) constitution = deletePrinciple(constitution, controls.delete);
  if (controls.invert !== undefined) constitution = invertPrinciple(constitution, controls.invert);
  if (world !== undefined) refuseUnreadable(constitution, loaded);
  return constitution;
}
