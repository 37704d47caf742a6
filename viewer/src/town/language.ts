import { signal } from "@preact/signals";
import { ar } from "./messages/ar.ts";
import { de } from "./messages/de.ts";
import { en, type Messages } from "./messages/en.ts";
import { es } from "./messages/es.ts";
import { fr } from "./messages/fr.ts";

const all: Readonly<Record<string, Messages>> = { en, de, es, fr, ar };
/** Each language by its own name. */
export const languageNames: Readonly<Record<string, string>> = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  ar: "العربية",
};

const place = "precept-language";
export const language = signal(firstLanguage());

/** The one that was chosen here, else the first of the browser's that there is. */
function firstLanguage(): string {
  const wanted = [localStorage.getItem(place) ?? "", ...navigator.languages];
  return wanted.map((tag) => tag.split("-")[0] ?? "").find((tag) => tag in all) ?? "en";
}

export function chooseLanguage(tag: string): void {
  localStorage.setItem(place, tag);
  language.value = tag;
}

/** Turns the page into its language's direction. */
export function applyLanguage(): void {
  document.documentElement.lang = language.value;
  document.documentElement.dir = directionOf(language.value);
}

export const directionOf = (tag: string): "rtl" | "ltr" => (tag === "ar" ? "rtl" : "ltr");

type Values = Readonly<Record<string, string | number>>;

/** A message in the language of the page; "{name}" stands for a value, numbers as the language writes them. */
export function say(key: keyof Messages, values: Values = {}): string {
  const text = (all[language.value] ?? en)[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === "number" ? formatNumber(value) : (value ?? whole);
  });
}

/** Marks of direction that some languages put around signs: the page isolates its numbers itself. */
const dropMarks = (text: string): string => text.replace(/[\u200e\u200f\u061c]/gu, "");
export const formatNumber = (value: number): string => dropMarks(new Intl.NumberFormat(language.value).format(value));
export const formatShare = (value: number): string =>
  dropMarks(new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: 0 }).format(value));

/** The words of a refusal or of a reason, where the page knows them. */
export function sayIfKnown(key: string, otherwise: string, values: Values = {}): string {
  return key in en ? say(key as keyof Messages, values) : otherwise;
}
