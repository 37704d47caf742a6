/** Guard models of this machine: checkpoints with heads, in our engine. */

export { openTokenClassifier, tokenizerHash } from "./token-classifier.ts";
