import { join } from "node:path";
import { checkpointPlace } from "../../storage/index.ts";
import { harborWorld } from "./embedded.ts";
import { harborFolder } from "./inputs.ts";

/** How dialogues are written for harbor's checkpoints, which say nothing of it; undefined for any other model. */
export function harborChatTemplate(place: string): string | undefined {
  const folder = checkpointPlace(place.replace(/^local:/, ""));
  return harborWorld.isSpokenBy(folder) ? join(harborFolder, "chat.jinja") : undefined;
}
