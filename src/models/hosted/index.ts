/** Models behind HTTP: which addresses and keys a provider takes, and the model that speaks to it. */

export type { HostedSpec } from "./access.ts";
export { openHosted, openSdkModel } from "./open-hosted.ts";
export { hostedProviders, type Provider } from "./providers.ts";
export type { SdkModel } from "./sdk-types.ts";
