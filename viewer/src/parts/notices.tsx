import type { Notice } from "../../../src/view/source.ts";

/** What people should know about what they see. */
export function Notices({ of }: { readonly of: readonly Notice[] }) {
  if (of.length === 0) return null;
  return (
    <div class="note" role="note">
      {of.map(({ text }) => (
        <p key={text}>{text}</p>
      ))}
    </div>
  );
}
