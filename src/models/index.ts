/** Every model behind one interface: named providers, servers, folders and files, with throughput, retries and a cache of answers. */

export type * from "../language-model.ts";
export { cacheStats, type PruneOptions, pruneCache } from "./cache/manage.ts";
export { type CacheStats, cacheFolder, ResponseCache } from "./cache/response-cache.ts";
export { cutPromptNotice } from "./hosted/prompt-cuts.ts";
export { type HttpAnswer, send } from "./hosted/transport.ts";
export { openModel } from "./open.ts";
export type { ModelReport, OpenModel } from "./open-model.ts";
export { defaultVotes, type Env, type ModelEvent, type OpenOptions, type ThroughputOptions } from "./options.ts";
export { lastPart, recordName, withoutAddress } from "./record-name.ts";
export { keepSecret, redact } from "./redact.ts";
export { promptText, type Script, type ScriptedModel, scriptedModel } from "./scripted.ts";
export {
  isGgufName,
  type ModelSpec,
  type ProviderName,
  parseModelSpec,
  providerNames,
  withProvider,
} from "./spec.ts";
export { findStop } from "./stop-strings.ts";
export { tracingNotice } from "./tracing.ts";
