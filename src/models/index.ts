export type * from "./language-model.ts";
export { promptText, type Script, type ScriptedModel, scriptedModel } from "./scripted.ts";
