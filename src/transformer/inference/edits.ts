import { PreceptError } from "../../errors.ts";
import { add, type Graph, matmul, mul, sub, type Value } from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { layerOf, type Site, type SiteListener, siteNames, siteOf, siteWidth } from "../graph/sites.ts";

/** What is done to every token's value of a site while the model runs. */
export type SiteEdit = { readonly site: Site /** As wide as the site. */; readonly direction: Float32Array } & (
  | {
      /** x + strength · d. */
      readonly kind: "add";
      readonly strength: number;
    }
  | {
      /** x + (at − x · d̂) d̂: what the value is along the direction becomes `at`; at 0 the direction is ablated. */
      readonly kind: "set";
      readonly at: number;
    }
);

/** @throws PreceptError input-invalid for a site that the model has not, or a direction of another width, of length 0, or not finite. */
export function checkEdits(config: TransformerConfig, edits: readonly SiteEdit[] = []): void {
  for (const { site, direction } of edits) {
    checkSite(config, site, "Editing a site");
    const width = siteWidth(site, config);
    const length = Math.hypot(...direction);
    if (direction.length === width && length > 0 && Number.isFinite(length)) continue;
    throw new PreceptError("input-invalid", {
      attempted: `Editing ${site}`,
      found: `a direction of ${direction.length} numbers and length ${length}`,
      expected: `${width} finite numbers, not all of them 0`,
    });
  }
}

/** @throws PreceptError input-invalid for a site that the model has not. */
export function checkSite(config: TransformerConfig, site: string, attempted: string): void {
  if (layerOf(site, config) !== undefined) return;
  const last = config.layers - 1;
  throw new PreceptError("input-invalid", {
    attempted,
    found: `the site ${site}`,
    expected: `one of ${siteNames.map((name) => siteOf(last, name)).join(", ")}, or of a layer before it (0 to ${last})`,
  });
}

/** The edits as part of a graph, in their order. */
export function editSites(graph: Graph, edits: readonly SiteEdit[]): SiteListener {
  return (site, value) => {
    let edited: Value | undefined;
    for (const [index, edit] of edits.entries())
      if (edit.site === site) edited = applyEdit(graph, `edit.${index}`, edit, edited ?? value);
    return edited;
  };
}

function applyEdit(graph: Graph, name: string, edit: SiteEdit, x: Value): Value {
  const { direction } = edit;
  const constant = (suffix: string, data: Float32Array, shape: readonly number[]): Value =>
    graph.initializer(`${name}.${suffix}`, { dtype: "float32", shape, data });
  if (edit.kind === "add") {
    const shift = direction.map((d) => d * edit.strength);
    return add(x, constant("shift", shift, [direction.length]));
  }
  const norm = Math.hypot(...direction);
  const unit = direction.map((d) => d / norm);
  const along = matmul(x, constant("column", unit, [unit.length, 1]));
  return add(x, mul(sub(edit.at, along), constant("row", unit, [unit.length])));
}
