import { checkWords } from "./checks.ts";
import { documentWords } from "./documents.ts";
import { factWords } from "./facts.ts";
import { judgementWords } from "./judgement.ts";
import { details, ingredients, insultNouns, manners, remedies, tools, traits } from "./lexicon.ts";
import { marker } from "./markers.ts";
import { requestWords } from "./requests.ts";
import { responseWords } from "./responses.ts";
import { ruleWords } from "./rules.ts";
import { statementWords } from "./statements.ts";

/** Every word of harbor, sorted; the tokenizer adds the markers before and the bytes after. */
export const harborWords: readonly string[] = [
  ...new Set([
    ...requestWords,
    ...responseWords,
    ...ruleWords,
    ...judgementWords,
    ...documentWords,
    ...factWords,
    ...statementWords,
    ...checkWords,
    ...Object.values(details).flat(),
    ...ingredients,
    ...tools,
    ...traits,
    ...manners,
    ...remedies,
    ...insultNouns,
  ]),
].sort();

export const harborMarkers: readonly string[] = Object.values(marker);
