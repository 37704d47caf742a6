/** OpenAI's protocol over our engine, with adapters under names of their own. */

export { EngineModel, type EngineModelOptions } from "./engine-model.ts";
export { ReloadingModel } from "./reloading-model.ts";
