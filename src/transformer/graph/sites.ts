import type { Value } from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";

/** Where activations of a layer can be read and written, in the order of computation; TransformerLens's names. */
export const siteNames = ["resid_pre", "attn_out", "resid_mid", "mlp_post", "mlp_out", "resid_post"] as const;
export type SiteName = (typeof siteNames)[number];

/** A site of one layer, e.g. "blocks.3.hook_resid_post"; what the feed-forward layer projects down is "blocks.3.mlp.hook_post". */
export type Site = `blocks.${number}.hook_${Exclude<SiteName, "mlp_post">}` | `blocks.${number}.mlp.hook_post`;

/**
 * Told the value of every site while the graph is built: (B · T, C), or (B, T, C) with symbolic B and T. What it returns is
 * computed on with in its place.
 */
export type SiteListener = (site: Site, value: Value) => Value | undefined;

export const siteOf = (layer: number, name: SiteName): Site =>
  name === "mlp_post" ? `blocks.${layer}.mlp.hook_post` : `blocks.${layer}.hook_${name}`;

/** Numbers of a site per token. */
export const siteWidth = (site: Site, { hiddenSize, feedForwardSize }: TransformerConfig): number =>
  site.endsWith(".mlp.hook_post") ? feedForwardSize : hiddenSize;

/** The layer of a site that the model has; undefined for any other text. */
export function layerOf(site: string, { layers }: TransformerConfig): number | undefined {
  const [, text = ""] = /^blocks\.(\d+)\./.exec(site) ?? [];
  const layer = Number(text);
  const isKnown = siteNames.some((name) => siteOf(layer, name) === site);
  return isKnown && layer < layers ? layer : undefined;
}
