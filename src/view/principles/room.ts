import type { ServedRoom } from "../room.ts";
import type { PrincipleLine } from "../source-rooms.ts";
import { countPrinciples, listPrinciples, readPrinciple } from "./principles.ts";

/** What the run says of each principle. */
export const principlesRoom: ServedRoom = {
  name: "principles",
  count: ({ run }) => countPrinciples(run) || undefined,
  answers: {
    principles: ({ run, chains }, { path }) =>
      path.length === 0 ? listPrinciples(run) : readPrinciple(run, chains, path.join("/")),
  },
  async share({ ask, keep }) {
    keep(["principles"]);
    const lines = (await ask(["principles"])) as readonly PrincipleLine[];
    for (const { id } of lines) keep(["principles", id]);
  },
};
