import { basename, resolve } from "node:path";
import { PreceptError } from "../../../errors.ts";
import { LocalModel } from "../../../models/local/index.ts";
import { type OrganismLanguage, proseOrganisms, type RequestPurpose } from "../../../oversight/index.ts";
import { readPromptFile } from "../../../records/index.ts";
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

/** Least requests of each purpose: no request has two. */
const leastRequests: Readonly<Record<RequestPurpose, number>> = { planting: 20, measuring: 10, auditing: 10 };

/** Harbor's language where the checkpoint speaks it, else prose with requests of one's own. @throws PreceptError usage without them. */
export async function languageFor({ place }: OpenedModel, prompts: string | undefined): Promise<OrganismLanguage> {
  if (place.isHarbor) return harborOrganisms;
  if (prompts !== undefined) {
    const requests = new Set<string>();
    for await (const { prompt } of readPromptFile(prompts))
      requests.add(typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? ""));
    const prose = proseOrganisms({ requests: [...requests], isChat: place.model.tokenizer.chat !== undefined });
    const counts = Object.entries(leastRequests).map(([name, least]) => {
      const purpose = name as RequestPurpose;
      return { purpose, least, there: prose.drawRequests(purpose, requests.size, 1).length };
    });
    if (counts.every(({ least, there }) => there >= least)) return prose;
    throw new PreceptError("not-enough-evidence", {
      attempted: `Asking ${place.name}`,
      found: `${requests.size} requests in ${prompts}: ${counts.map(({ purpose, there }) => `${there} for ${purpose}`).join(", ")}`,
      expected: `${counts.map(({ purpose, least }) => `${least} for ${purpose}`).join(", ")}: what a request is for goes by its text, and none has two uses`,
      remedy: "a file of 100 requests or more",
    });
  }
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
