import type { Estimate } from "../statistics/index.ts";

const nbsp = "\u00a0";
const thinSpace = "\u202f";

/** 0.0823 → "8.2 %". */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}${thinSpace}%`;
}

/** The interval alone: "5.5–12.0". */
export function percentRange({ low, high }: Pick<Estimate, "low" | "high">): string {
  return `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;
}

/** A number with three significant digits and a true minus sign. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toFixed(digits).replace("-", "−");
}

/** A difference, with its sign: "+0.41". */
export function formatSigned(value: number): string {
  return `${value > 0 ? "+" : ""}${number(value)}`;
}

/** 12345 → "12,345". */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** 95 → "1 min 35 s". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}${nbsp}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${nbsp}s`;
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  if (minutes < 60) return `${minutes}${nbsp}min ${rest}${nbsp}s`;
  return `${Math.floor(minutes / 60)}${nbsp}h ${minutes % 60}${nbsp}min`;
}

/** 1.5e9 → "1.40 GiB". */
export function bytes(value: number): string {
  const gib = value / 2 ** 30;
  return gib >= 1 ? `${gib.toFixed(2)}${nbsp}GiB` : `${Math.round(value / 2 ** 20)}${nbsp}MiB`;
}

/** "heldOut" → "held out", "unseenTemplates" → "unseen templates". */
export function spaceWords(name: string): string {
  return name.replace(/([a-z])([A-Z])/gu, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

/** 0.123 → "+12.3"; percentage points. */
export function formatPoints(difference: number): string {
  const text = (100 * Math.abs(difference)).toFixed(1);
  return `${text === "0.0" ? "" : difference < 0 ? "−" : "+"}${text}`;
}

/** 0.385 → "38", 0.0385 → "3.9": a share in percent, with a decimal below 10 where there is one. */
export function shortPercent(share: number): string {
  const tenths = Math.round(1000 * share);
  return tenths >= 100 || tenths % 10 === 0 ? (100 * share).toFixed(0) : (100 * share).toFixed(1);
}

/** 1234567 → "1.2 M". */
export function shorten(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(0)} k` : count(value);
}

/** "2026-11-30T05:40:17.000Z" → "30 November 2026". */
export function day(date: string): string {
  return new Date(date).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}
