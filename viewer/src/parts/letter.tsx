export function Letter({ side }: { readonly side: "a" | "b" }) {
  return <span class={`letter ${side}`}>{side.toUpperCase()}</span>;
}
