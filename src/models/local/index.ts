import { loadCheckpointTokenizer } from "../../transformer/index.ts";

export { plainFolder } from "../../transformer/index.ts";
export { LocalModel } from "./local.ts";

/** Whether a checkpoint, or the one that an adapter stands on, says how dialogues are written. @throws PreceptError for a damaged one. */
export const hasChatTemplate = async (folder: string): Promise<boolean> =>
  (await loadCheckpointTokenizer(folder)).chat !== undefined;
