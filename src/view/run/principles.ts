import { readConstitution } from "../../report/index.ts";

export interface NamedPrinciple {
  readonly id: string;
  readonly text: string;
}

/** The principles of a run's constitution, in its order; none where the run keeps none that can be read. */
export function readPrinciples(folder: string): readonly NamedPrinciple[] {
  try {
    return readConstitution(folder)?.principles ?? [];
  } catch {
    return []; // the page says elsewhere that the file is damaged
  }
}
