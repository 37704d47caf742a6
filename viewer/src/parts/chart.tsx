import { h, type VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Drawing, NumberTable, Shape } from "../../../src/charts/index.ts";
import { useWidth } from "../hooks.ts";
import { ScrollBox } from "./scroll-box.tsx";

interface Props {
  /** Draws for a width: a chart is never shrunk. */
  readonly draw: (width: number) => Drawing;
  readonly most?: number | undefined;
  /** Without the table behind a key, where the numbers stand beside the picture. */
  readonly bare?: boolean | undefined;
  /** Opens what a shape stands for. Whoever has no pointer finds the same in a list or the table. */
  readonly pick?: ((id: string) => void) | undefined;
}

/** A chart as wide as its place. */
export function Chart({ draw, most = 720, bare, pick }: Props) {
  const { ref, width } = useWidth();
  const picked = useRef(pick);
  picked.current = pick;
  useEffect(() => {
    const open = (event: Event): void => {
      const id = event.target instanceof SVGElement ? event.target.dataset["id"] : undefined;
      if (id !== undefined) picked.current?.(id);
    };
    const place = ref.current;
    place?.addEventListener("click", open);
    return () => place?.removeEventListener("click", open);
  }, []);
  const drawing = width === 0 ? undefined : draw(Math.min(most, width));
  return (
    <div class={pick === undefined ? "chart" : "chart picks"} ref={ref}>
      {drawing === undefined ? null : (
        <>
          <Picture drawing={drawing} />
          {bare || drawing.table === undefined ? null : <Numbers table={drawing.table} label={drawing.label} />}
        </>
      )}
    </div>
  );
}

/** A picture as it is. */
export function Picture({ drawing: { label, width, height, shapes } }: { readonly drawing: Drawing }) {
  return (
    <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      {shapes.map(toElement)}
    </svg>
  );
}

function Numbers({ table, label }: { readonly table: NumberTable; readonly label: string }) {
  return (
    <details class="table">
      <summary>Numbers</summary>
      <ScrollBox label={`Numbers of ${label.slice(0, 60)}`}>
        <table>
          <thead>
            <tr>
              {table.head.map((name, i) => (
                <th key={name} scope="col" class={i === 0 ? undefined : "num"}>
                  {name === "" ? <span class="hidden">of</span> : name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((cells) => (
              <tr key={cells.join()}>
                {cells.map((cell, i) =>
                  i === 0 ? (
                    <th key="0" scope="row">
                      {cell}
                    </th>
                  ) : (
                    <td key={`${i}`} class="num">
                      {cell}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </details>
  );
}

function toElement(shape: Shape | string, index: number): VNode | string {
  if (typeof shape === "string") return shape;
  return h<Record<string, unknown>>(
    shape.tag,
    { ...shape.attributes, key: index },
    shape.inside.map(toElement),
  ) as VNode;
}
