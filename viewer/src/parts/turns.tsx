import { formatCount } from "../format.ts";
import { RecordText } from "./record-text.tsx";

interface Turn {
  readonly role: string;
  readonly content: string;
}

/** Messages one behind the other; what stands before every conversation of a bot is folded away. */
export function Turns({ messages }: { readonly messages: readonly Turn[] }) {
  return (
    <>
      {messages.map(({ role, content }, i) =>
        role === "system" ? (
          <details class="turn" key={`${i}`}>
            <summary class="meta">system prompt, {formatCount(content.length)} characters</summary>
            <RecordText text={content} small />
          </details>
        ) : (
          <div class="turn" key={`${i}`}>
            <span class="meta">{role}</span>
            <RecordText text={content} small />
          </div>
        ),
      )}
    </>
  );
}
