import { signal } from "@preact/signals";
import { formatRoute, parseRoute, type Route } from "./route.ts";
import { AskedSource } from "./source/asked-source.ts";
import { askShared, readShared } from "./source/embedded-ask.ts";
import { askFolder, readFolder } from "./source/folder-ask.ts";
import { askServer } from "./source/http-ask.ts";
import { takeToken } from "./source/token.ts";

/** Nobody answers any more: what is seen stays. */
export const isGone = signal(false);

function tellGone(is: boolean): void {
  isGone.value = is;
}

/** Where everything on the page comes from. */
const shared = readShared();
const folder = readFolder();
export const source = new AskedSource(
  shared !== null ? askShared(shared) : folder !== null ? askFolder(folder) : askServer(takeToken(), tellGone),
);
/** Whether the page answers itself, without a server. */
export const isShared = shared !== null || folder !== null;

/** The page that is open; undefined: the address names none. */
export const route = signal<Route | undefined>(undefined);
export function followAddress(): void {
  const read = (): void => {
    route.value = parseRoute(location.hash);
  };
  addEventListener("hashchange", read);
  read();
}

/** Opens a page; in place of this one where going back should not return to it. */
export function openRoute(to: Route, how: "push" | "replace" = "push"): void {
  const fragment = formatRoute(to);
  if (fragment === location.hash) return;
  if (how === "push") history.pushState(null, "", fragment);
  else history.replaceState(null, "", fragment);
  route.value = parseRoute(fragment);
}

/** Said once, at the foot of the page. */
export const toast = signal("");
let toastEnds: ReturnType<typeof setTimeout> | undefined;
export function say(text: string): void {
  toast.value = text;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => {
    toast.value = "";
  }, 2400);
}

/** What a revision is shown against. */
export const changesFrom = signal<"before" | "response" | "none">("before");

/** Single keys can be switched off (WCAG 2.1.4). */
const keysPlace = "precept-single-keys";
export const hasSingleKeys = signal(localStorage.getItem(keysPlace) !== "off");
export function switchSingleKeys(isOn: boolean): void {
  hasSingleKeys.value = isOn;
  localStorage.setItem(keysPlace, isOn ? "on" : "off");
}

/** One pane at a time. */
const narrow = matchMedia("(max-width: 60rem)");
export const isNarrow = signal(narrow.matches);
narrow.addEventListener("change", () => {
  isNarrow.value = narrow.matches;
});

/** Rooms of the run that is open. */
export const rooms = signal<ReadonlySet<string>>(new Set());
