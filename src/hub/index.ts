/** Files of a model hub, fetched once and checked. */

export {
  fetchFromHub,
  type HubOptions,
  type HubProgress,
  isDatasetFile,
  isModelFile,
  resolveModelFolder,
} from "./fetch.ts";
export { isRepositoryId } from "./repository.ts";
