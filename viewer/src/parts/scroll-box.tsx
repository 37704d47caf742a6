import type { ComponentChildren } from "preact";

/** What may be wider than its place; it has the focus so that keys can move it. */
export function ScrollBox({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
