import type { ServedRoom } from "../room.ts";
import type { PublicPage } from "../source-public.ts";
import { toPublicPage } from "./page.ts";
import { toPrinciplePage } from "./principle.ts";
import { findTown, hasTown } from "./town.ts";

/** What a public thinks, and the constitution it wrote. Cells of few people are left out, so that it may be sent. */
export const publicRoom: ServedRoom = {
  name: "public",
  count: ({ run }) => (hasTown(run) ? null : undefined),
  answers: {
    async public({ run }, { path }) {
      const town = hasTown(run) ? await findTown(run) : undefined;
      if (town === undefined) return undefined;
      return path.length === 0 ? toPublicPage(town) : toPrinciplePage(town, path.join("/"));
    },
  },
  async share({ ask, keep, tell }) {
    keep(["public"]);
    const { opinion, constitution } = (await ask(["public"])) as PublicPage;
    for (const { id } of constitution?.principles ?? []) keep(["public", id]);
    if (opinion !== null) tell(opinion.statements.length, "statement of the public", "statements of the public");
  },
};
