import { ask } from "./api.ts";
import { say } from "./language.ts";
import { useAnswer } from "./parts.tsx";
import { conversation } from "./town-state.ts";
import type { RatificationResult } from "./wire.ts";

/** Where the constitution is to be had, once the second vote has ratified one. */
export function ConstitutionLink() {
  const phase = conversation.value?.phase ?? "";
  const { value } = useAnswer(`ratified ${phase}`, () =>
    ask<{ results: readonly RatificationResult[] | null }>("ratification"),
  );
  if (phase !== "ratified" || value?.results?.some(({ isRatified }) => isRatified) !== true) return null;
  return (
    <p class="buttons">
      <a class="button" href="/api/constitution.yaml" download="constitution.yaml">
        {say("ballotDownload")}
      </a>
    </p>
  );
}
