import { type SiteName, siteNames, siteOf } from "../graph/sites.ts";
import type { SiteEdit } from "../inference/edits.ts";
import type { Layout } from "./packing.ts";
import type { LayerEdits, PlannedEdit } from "./plan.ts";

/** Room in the shared memory for what is done to the sites of each layer. */
export function planEdits(edits: readonly SiteEdit[], layers: number, layout: Layout): readonly LayerEdits[] {
  return Array.from({ length: layers }, (_, layer) => {
    const planned: Partial<Record<SiteName, readonly PlannedEdit[]>> = {};
    for (const name of siteNames) {
      const own = edits.filter(({ site }) => site === siteOf(layer, name));
      if (own.length > 0) planned[name] = own.map((edit) => planEdit(edit, layout));
    }
    return planned;
  });
}

function planEdit(edit: SiteEdit, layout: Layout): PlannedEdit {
  const { direction } = edit;
  const scale = edit.kind === "add" ? edit.strength : 1 / Math.hypot(...direction);
  const vector = layout.vector(direction.map((d) => d * scale)) / 4;
  return { vector, width: direction.length, ...(edit.kind === "set" && { at: edit.at }) };
}

/** Edits one row at `place`, in floats, one edit after another. */
export function editRow(memory: Float32Array, place: number, edits: readonly PlannedEdit[]): void {
  for (const { vector, width, at } of edits) {
    const v = memory.subarray(vector, vector + width);
    const x = memory.subarray(place, place + width);
    const factor = at === undefined ? 1 : at - v.reduce((sum, value, i) => sum + value * (x[i] ?? 0), 0);
    for (let i = 0; i < width; i++) x[i] = (x[i] ?? 0) + factor * (v[i] ?? 0);
  }
}
