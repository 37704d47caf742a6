import { hasOversight, readOversight } from "../../oversight/index.ts";
import { toOversightParts } from "../../report/index.ts";
import type { OpenedRun, ServedRoom } from "../room.ts";
import type { OversightPage } from "../source-oversight.ts";

/** What keeps the model in view: debates, critiques, sealed models, tendencies, decisions under a policy, the card. */
export const oversightRoom: ServedRoom = {
  name: "oversight",
  count: ({ run }) => (hasOversight(run.folder) ? null : undefined),
  answers: { oversight: ({ run }: OpenedRun) => toOversightPage(run.folder) },
  async share({ ask, keep, tell }) {
    keep(["oversight"]);
    const { parts } = (await ask(["oversight"])) as OversightPage;
    tell(parts.length, "finding of oversight", "findings of oversight");
  },
};

function toOversightPage(run: string): OversightPage | undefined {
  if (!hasOversight(run)) return undefined;
  const found = readOversight(run);
  return { parts: toOversightParts(found), faults: found.faults };
}
