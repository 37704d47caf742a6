import { say, sayIfKnown } from "./language.ts";
import { Said } from "./parts.tsx";
import { conversation } from "./town-state.ts";

/** A reason of the policy: in the conversation's own words, else in those of the page. */
export function sayReason(id: string): string {
  const own = conversation.value?.policy.reasons.find((reason) => reason.id === id)?.text ?? "";
  return own === "" ? sayIfKnown(`reason-${id}`, id) : own;
}

/** The published policy of moderation. */
export function Policy() {
  const policy = conversation.value?.policy;
  if (policy === undefined) return null;
  return (
    <section>
      <h2>{say("policyTitle")}</h2>
      <p>{say(policy.when === "before" ? "policyBefore" : "policyAfter")}</p>
      <ul>
        {policy.reasons.map(({ id }) => (
          <li key={id}>
            <Said text={sayReason(id)} />
          </li>
        ))}
      </ul>
      <p>
        <a href="/api/moderation-log.csv" download="moderation-log.csv">
          {say("moderationLog")}
        </a>
      </p>
    </section>
  );
}
