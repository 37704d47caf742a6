const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const formatCount = (n: number): string => whole.format(n);

/** 0.9638 → "96.4". */
export const formatPercent = (share: number): string => (100 * share).toFixed(1);

/** 0.4786 → "48 %". */
export const formatShare = (share: number): string => `${Math.round(100 * share)}\u2009%`;

export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? formatCount(value) : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** 132 → "2:12 min", 5000 → "1:23 h". */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const [unit, big, small] = seconds < 3600 ? ["min", 60, 1] : ["h", 3600, 60];
  const rest = Math.floor((seconds % Number(big)) / Number(small));
  return `${Math.floor(seconds / Number(big))}:${String(rest).padStart(2, "0")} ${unit}`;
}

/** "3 hours ago", counted in the largest unit that fits. */
export function formatSince(at: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const [unit, size] = units.find(([, it]) => seconds >= it) ?? (["second", 1] as const);
  if (unit === "second") return "just now";
  return new Intl.RelativeTimeFormat("en-US").format(-Math.floor(seconds / size), unit);
}

/** "sha256:800da916…c632" → "800da916". */
export const shortenHash = (hash: string): string => hash.replace(/^sha256:/u, "").slice(0, 8);

/** "1 chain", "35 chains". */
export const formatPlural = (n: number, one: string, many: string): string =>
  `${formatCount(n)} ${n === 1 ? one : many}`;
