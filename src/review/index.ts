/** Marks of people on a run's records: kept beside the run, reaching what was made from a record, respected by `export`. */

export { Descent } from "./descent.ts";
export {
  appendMarks,
  type DamagedMark,
  hashRecord,
  hashReview,
  type Mark,
  type MarkLine,
  markLineSchema,
  namePerson,
  type ReadMarks,
  readMarks,
  readSoundMarks,
  reviewPath,
} from "./marks.ts";
export {
  type Decision,
  decide,
  type ListedMark,
  type Reached,
  type Review,
  readReview,
  reviewRecords,
  type Verdict,
} from "./review.ts";
