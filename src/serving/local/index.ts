export { EngineModel, type EngineModelOptions } from "./engine-model.ts";
