import type { Statement, VoteLog } from "../../src/collective/index.ts";
import { rng } from "../../src/rng.ts";

/** A crowd of three camps in another order than by participant: opinions by camp and statement, a quarter of the votes noise. */
export function makeCrowd(people: number, statements: number, votes: number): VoteLog {
  const random = rng(1, "crowd");
  const shares = Float64Array.from({ length: 3 * statements }, () => random.next());
  const rows = new Uint32Array(votes);
  const columns = new Uint16Array(votes);
  const said = new Int8Array(votes);
  for (let entry = 0; entry < votes; entry++) {
    // A stride that shares no factor with the people walks through all of them, in an order that no sort has.
    const row = (entry * 7_919) % people;
    const column = Math.floor(statements * random.next() ** 1.5);
    const isFor =
      random.next() < 0.75 ? (shares[(row % 3) * statements + column] as number) > 0.5 : random.next() < 0.5;
    rows[entry] = row;
    columns[entry] = column;
    said[entry] = random.next() < 0.1 ? 0 : isFor ? 1 : -1;
  }
  return { participants: nameAll("p", people), statements: nameAll("s", statements), rows, columns, votes: said };
}

export function statementsOf({ statements }: VoteLog): Statement[] {
  return statements.map((id) => ({ id, text: id, at: 0, isSeed: false, isMeta: false, moderation: "accepted" }));
}

/** Names in canonical order. */
function nameAll(letter: string, count: number): string[] {
  const width = String(count - 1).length;
  return Array.from({ length: count }, (_, i) => letter + String(i).padStart(width, "0"));
}
