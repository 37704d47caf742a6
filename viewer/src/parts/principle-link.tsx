import { linkTo } from "../route.ts";
import { rooms } from "../state.ts";

/** Leads to a principle's page, or to the chains revised under it where there is no such page. */
export function PrincipleLink({ run, id }: { readonly run: string; readonly id: string }) {
  const href = rooms.value.has("principles")
    ? linkTo(run, "principles", id)
    : linkTo(run, "chains", null, new URLSearchParams({ principle: id }).toString());
  return <a href={href}>{id}</a>;
}
