/** Dictionaries of features: learned, stored as SAELens stores them, and what they make of activations. */

export { type Dictionary, decode, Encoder, encode } from "./dictionary.ts";
export { type Learned, type LearnJob, learnDictionary } from "./learn.ts";
export { type DictionaryKind, type DictionaryOptions, dictionaryKinds } from "./options.ts";
export { type DictionaryMeta, isDictionary, loadDictionary, type StoredDictionary, saveDictionary } from "./saelens.ts";
export type { SparseCode } from "./select.ts";
export { type DictionaryStep, DictionaryTraining } from "./training.ts";
