import { isIPv4, isIPv6 } from "node:net";
import { isValidIBAN } from "ibantools";
import type { CountryCode } from "libphonenumber-js";
import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { type SpanMatcher, tokenMatcher } from "./matcher.ts";

/** What can be told by its form. Names and addresses are not attempted. */
export const PII_KINDS = ["email", "phone", "iban", "card", "ip"] as const;
export type PiiKind = (typeof PII_KINDS)[number];

/** A search for data about persons. Phone numbers without "+" are read as `country` writes them, and not at all without one. */
export function piiMatcher(kind: PiiKind, country?: CountryCode): SpanMatcher {
  switch (kind) {
    case "email":
      return tokenMatcher({ starts: /[\w%+]/, continues: /[\w.%+'@-]/, most: 320, accept: emailLength });
    case "iban":
      return tokenMatcher({
        starts: /[A-Z]/,
        continues: /[A-Z0-9 ]/,
        most: 44,
        refuses: (start) => !/^[A-Z]$|^[A-Z]{2}\d{0,1}$|^[A-Z]{2}\d{2}/.test(start),
        accept: (run) => longestPart(run, (part) => isValidIBAN(part.replaceAll(" ", ""))),
      });
    case "card":
      return tokenMatcher({
        starts: /[2-6]/,
        continues: /[\d -]/,
        most: 40,
        accept: (run) => longestPart(run, isCardNumber),
      });
    case "ip":
      return tokenMatcher({ starts: /[\da-fA-F:]/, continues: /[\da-fA-F:.]/, most: 46, accept: ipLength });
    case "phone":
      return tokenMatcher({
        starts: country === undefined ? /\+/ : /[+(\d]/,
        continues: /[\d ()./-]/,
        most: 32,
        accept: (run) => longestPart(run, (part) => isPhoneNumber(part, country)),
      });
  }
}

function emailLength(run: string): number | undefined {
  return /^[\w.%+'-]{1,64}@[a-z\d](?:[a-z\d-]{0,62}\.)(?:[a-z\d-]{1,63}\.){0,8}[a-z]{2,24}(?![a-z\d@])/i.exec(run)?.[0]
    .length;
}

function ipLength(run: string): number | undefined {
  const whole = run.replace(/[.:]$/, "");
  if (isIPv4(whole)) return whole.length;
  return whole.split(":").length > 2 && whole !== "::" && isIPv6(whole) ? whole.length : undefined;
}

/** The longest beginning that ends with a group of letters or digits and passes. */
function longestPart(run: string, passes: (part: string) => boolean): number | undefined {
  for (let end = run.length; end > 6; end--) {
    if (!/[A-Z\d]/.test(run[end - 1] ?? "") || /[A-Z\d]/.test(run[end] ?? "")) continue;
    if (passes(run.slice(0, end))) return end;
  }
  return undefined;
}

/** ISO/IEC 7812: 13 to 19 digits and Luhn's check digit. */
function isCardNumber(part: string): boolean {
  if (/[ -]{2}/.test(part)) return false;
  const digits = [...part.replace(/[ -]/g, "")].map(Number);
  if (digits.length < 13 || digits.length > 19) return false;
  const sum = digits.reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function isPhoneNumber(part: string, country: CountryCode | undefined): boolean {
  return parsePhoneNumberFromString(part, country)?.isValid() ?? false;
}
