export type { HostedSpec } from "./access.ts";
export { openHosted, openSdkModel } from "./open-hosted.ts";
export { hostedProviders, type Provider } from "./providers.ts";
export type { SdkModel } from "./sdk-types.ts";
