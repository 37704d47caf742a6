export { parseDialogue, untilLastHuman } from "./dialogue.ts";
export { type PlacedRow, type PromptFormat, promptFormats, readRows } from "./files.ts";
export { type PromptRow, readPromptFile } from "./prompt-file.ts";
export { messageContent, promptFields, type ReadRow, type Row, readRow, roleOf } from "./row.ts";
