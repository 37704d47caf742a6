import type { Value } from "../../tensor/index.ts";

/** Where activations of a layer can be read, in the order of computation; TransformerLens's names. */
export const siteNames = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"] as const;
export type SiteName = (typeof siteNames)[number];

/** A site of one layer, e.g. "blocks.3.hook_resid_post". */
export type Site = `blocks.${number}.hook_${SiteName}`;

/** Told the value of every site while the graph is built: (B · T, C), or (B, T, C) with symbolic B and T. */
export type SiteListener = (site: Site, value: Value) => void;

export const siteOf = (layer: number, name: SiteName): Site => `blocks.${layer}.hook_${name}`;
