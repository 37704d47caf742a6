import { loadCheckpointTokenizer, plainFolder } from "../../transformer/index.ts";

export { LocalModel } from "./local.ts";

/** Whether a checkpoint, or the one that an adapter stands on, says how dialogues are written. @throws PreceptError for a damaged one. */
export const hasChatTemplate = async (folder: string): Promise<boolean> =>
  (await loadCheckpointTokenizer(folder)).chat !== undefined;

/** The folder of the plain checkpoint that an adapter, or adapters one on the other, stand on. */
export const findBase = (adapter: string): string => plainFolder(adapter);
