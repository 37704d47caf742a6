import { basename, resolve } from "node:path";
import { PreceptError } from "../../../errors.ts";
import { LocalModel } from "../../../models/local/index.ts";
import type { OrganismLanguage } from "../../../oversight/index.ts";
import { harborOrganisms } from "../../../worlds/harbor/index.ts";
import { harborWorld } from "../../harbor/embedded.ts";
import { type OpenedPlace, openPlace } from "../../inside/open-place.ts";

/** A checkpoint of this machine as a model that answers, and as one that is looked into. */
export interface OpenedModel {
  readonly place: OpenedPlace;
  readonly model: LocalModel;
}

/** In batches on small models our kernels are several times as fast as graphs. */
export async function openForOrganisms(named: string): Promise<OpenedModel> {
  const place = await openPlace(named);
  return { place, model: new LocalModel(`local:${place.folder}`, place.model, { engine: "auto" }) };
}

/** Harbor's language where the checkpoint speaks it, else the one that was given. @throws PreceptError usage without one. */
export function languageFor({ place }: OpenedModel, prose: OrganismLanguage | undefined): OrganismLanguage {
  if (place.isHarbor) return harborOrganisms;
  if (prose !== undefined) return prose;
  throw new PreceptError("usage", {
    attempted: `Asking ${place.name}`,
    found: "a model outside harbor, and no requests",
    expected: "requests in its language",
    remedy: "--prompts FILE: JSON lines with a prompt, or one request on each line",
  });
}

/** What organisms are planted in unless another checkpoint is named. */
export const defaultParent: string = harborWorld.initial;

export const nameOf = (folder: string): string => basename(resolve(folder));
