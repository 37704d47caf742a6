import type { FoundTable as Found, FoundCell } from "../../../../src/charts/index.ts";
import { ScrollBox } from "../../parts/scroll-box.tsx";

/** A table of what a command found; its first column names the rows. */
export function FoundTable({ table: { label, caption, head, rows } }: { readonly table: Found }) {
  return (
    <ScrollBox label={label}>
      <table>
        <caption class="meta">{caption ?? label}</caption>
        <thead>
          <tr>
            {head.map(({ title, isNumber }, place) =>
              title === "" ? (
                <td key={`${place}`} />
              ) : (
                <th key={`${place}`} scope="col" class={isNumber ? "num" : undefined}>
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr key={JSON.stringify(cells)}>
              {cells.map((cell, place) =>
                place === 0 ? (
                  <th key="0" scope="row">
                    <Cell of={cell} />
                  </th>
                ) : (
                  <td key={`${place}`} class={head[place]?.isNumber ? "num" : undefined}>
                    <Cell of={cell} />
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function Cell({ of: { text, below } }: { readonly of: FoundCell }) {
  return (
    <>
      {text}
      {below === undefined || below === "" ? null : <span class="interval block">{below}</span>}
    </>
  );
}
