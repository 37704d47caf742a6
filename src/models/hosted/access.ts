import { PreceptError } from "../../errors.ts";
import type { OpenOptions } from "../options.ts";
import { keepSecret } from "../redact.ts";
import type { ModelSpec } from "../spec.ts";
import { type Access, baseUrlOf, type HostedName, hostedProviders } from "./providers.ts";

/** A name whose provider answers over HTTP. */
export interface HostedSpec extends ModelSpec {
  readonly provider: HostedName;
}

/**
 * Where the model is called and with which key; one entry an address. The key comes from the environment alone.
 * @throws PreceptError key-missing naming the variable; usage without any address.
 */
export function accessesOf(spec: HostedSpec, options: OpenOptions): readonly Access[] {
  const provider = hostedProviders[spec.provider];
  const env = options.env ?? process.env;
  const attempted = `Opening the model "${spec.provider}:${spec.model}"`;
  const own = baseUrlOf(provider, env);
  const given = options.baseUrls ?? (spec.baseUrls.length > 0 ? spec.baseUrls : undefined);
  const addresses = given ?? (own === undefined ? [] : [own]);
  if (addresses.length === 0) {
    throw new PreceptError("usage", {
      attempted,
      found: "no address",
      expected: `an address in the name (${spec.provider}:${spec.model}@http://host:8000/v1) or in ${provider.baseUrlVariable}`,
    });
  }
  const key = provider.keyVariables
    .map((variable) => env[variable]?.trim())
    .find((value) => value !== undefined && value !== "");
  const [variable = ""] = provider.keyVariables;
  if (key === undefined && provider.isKeyNeeded && addresses.includes(provider.baseUrl ?? "")) {
    throw new PreceptError("key-missing", {
      attempted,
      found: `no key: ${provider.keyVariables.join(" and ")} ${provider.keyVariables.length > 1 ? "are" : "is"} not set`,
      expected: `your key for ${spec.provider} in ${variable}`,
      remedy: `export ${variable}=…, then give the same command again`,
    });
  }
  if (key !== undefined) keepSecret(key);
  for (const value of Object.values(options.headers ?? {})) if (/bearer|key|token/i.test(value)) keepSecret(value);
  return addresses.map((address) => {
    const { password } = new URL(address);
    if (password !== "") keepSecret(decodeURIComponent(password));
    return {
      baseUrl: address,
      key: key ?? (provider.isKeyNeeded ? "none" : undefined),
      headers: options.headers ?? {},
    };
  });
}
