const place = "precept-token";

/** What a fragment says of the token, and the fragment without it: "#/demo?token=x&q=y" → x, "#/demo?q=y". */
export function splitToken(fragment: string): { readonly token: string | null; readonly rest: string } {
  const found = /(?:^#|[?&])token=([^&]+)/u.exec(fragment);
  if (found === null) return { token: null, rest: fragment };
  const rest = fragment
    .replace(/^#token=[^&]+&?/u, "#")
    .replace(/([?&])token=[^&]+(&?)/u, (_, before: string, after: string) => (after === "" ? "" : before));
  return { token: decodeURIComponent(found[1] ?? ""), rest };
}

/** Takes the token out of the address, where it would be copied along with a link, and keeps it for this tab. */
export function takeToken(): string | null {
  const { token, rest } = splitToken(location.hash);
  if (token !== null) {
    sessionStorage.setItem(place, token);
    history.replaceState(null, "", rest === "" ? "#/" : rest);
  }
  return sessionStorage.getItem(place);
}
