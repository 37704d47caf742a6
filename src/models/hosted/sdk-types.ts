import type { LanguageModel as SdkLanguageModel } from "ai";

/** A model of the AI SDK as an object, in any version of its interface that the installed SDK takes. */
export type SdkModel = Exclude<SdkLanguageModel, string>;
/** The current version. */
export type SdkModelV4 = Extract<SdkModel, { readonly specificationVersion: "v4" }>;
export type SdkResult = Awaited<ReturnType<SdkModelV4["doGenerate"]>>;
export type SdkCall = Parameters<SdkModelV4["doGenerate"]>[0];
