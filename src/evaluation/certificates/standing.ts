import type { JudgeIdentity } from "../judges/index.ts";
import type { Certificate } from "./certificate.ts";

/** The judge of some figures, as their summary names it. */
export type KnownJudge = Omit<JudgeIdentity, "prompt"> & { readonly hash: string };

export interface KeptCertificate {
  readonly path: string;
  readonly certificate: Certificate;
}

/**
 * What is known of a judge: "valid", a certificate of this very judge; "stale", one that is old; "other", only one of the same
 * judge with another model, prompt or version, which says nothing of this one; "none".
 */
export interface Standing {
  readonly judge: KnownJudge;
  readonly state: "valid" | "stale" | "other" | "none";
  readonly path?: string;
  readonly certificate?: Certificate;
}

/** Days after which a certificate is stale: hosted models change behind their names. */
export const staleAfterDays = 90;

const dayMs = 86_400_000;

/** Looks the judge up among the certificates that there are; of several, the newest. */
export function standingOf(judge: KnownJudge, kept: readonly KeptCertificate[], today: Date): Standing {
  const alike = kept
    .filter(({ certificate }) => certificate.judge.name === judge.name)
    .sort((a, b) => b.certificate.date.localeCompare(a.certificate.date));
  const own = alike.find(({ certificate }) => certificate.judge.hash === judge.hash);
  if (own !== undefined) return { judge, state: ageOf(own, today) > staleAfterDays ? "stale" : "valid", ...own };
  const nearest = alike.find(({ certificate }) => certificate.judge.model === judge.model) ?? alike[0];
  return nearest === undefined ? { judge, state: "none" } : { judge, state: "other", ...nearest };
}

function ageOf({ certificate }: KeptCertificate, today: Date): number {
  return Math.floor((today.getTime() - Date.parse(certificate.date)) / dayMs);
}

/** A standing in one line: agreement with n and interval, or why there is none. */
export function standingText({ judge, state, path = "", certificate }: Standing): string {
  const who = `judge ${judge.name} ${judge.version}, ${judge.model ?? "a rule"}`;
  if (certificate === undefined || state === "none") {
    return `${who}: no certificate; nobody has held it against people (precept calibrate)`;
  }
  if (state === "other") return `${who}: no certificate; ${path} is of another ${differenceOf(judge, certificate)}`;
  const { date, judgement, people, calibratedOn } = certificate;
  const { kappa, agreement, n } = judgement;
  const percent = (share: number): string => (100 * share).toFixed(1);
  const parts = [
    `agrees with ${calibratedOn.isByRule === true ? "what is known" : "people"} on ${percent(agreement.estimate)} % [${percent(agreement.low)}, ${percent(agreement.high)}] of ${n} answers`,
    kappa.outcome === "estimated"
      ? `kappa ${kappa.value.estimate.toFixed(2)} [${kappa.value.low.toFixed(2)}, ${kappa.value.high.toFixed(2)}]`
      : `no kappa (${kappa.reason})`,
    ...(people?.kappa.outcome === "estimated"
      ? [`people among themselves ${people.kappa.value.estimate.toFixed(2)}`]
      : []),
  ];
  const stale = state === "stale" ? `; stale, more than ${staleAfterDays} days old: calibrate again` : "";
  return `${who}: ${parts.join(", ")}; ${path}, ${date}, on ${calibratedOn.answers}${stale}`;
}

function differenceOf(judge: KnownJudge, { judge: other }: Certificate): string {
  if (other.model !== judge.model) return `model (${other.model ?? "a rule"})`;
  return other.version === judge.version ? "prompt" : `version (${other.version})`;
}
