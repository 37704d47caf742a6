import { type Signal, signal } from "@preact/signals";
import type { PublicPage } from "../../../src/view/source-public.ts";
import { linkTo } from "../route.ts";
import { rooms, source } from "../state.ts";

/** Leads from a principle to the votes that it rests on, where a public wrote it. */
export function PublicLink({ run, id }: { readonly run: string; readonly id: string }) {
  if (!rooms.value.has("public") || principlesOf(run).value?.has(id) !== true) return null;
  return (
    <a class="public-link" href={linkTo(run, "public", id)} title={`The statements and votes that ${id} rests on`}>
      its votes<span class="hidden"> for {id}</span>
    </a>
  );
}

const asked = new Map<string, Signal<ReadonlySet<string> | undefined>>();

/** Principles that the public of a run wrote, asked once: a constitution may hold others beside them. */
function principlesOf(run: string): Signal<ReadonlySet<string> | undefined> {
  const known = asked.get(run);
  if (known !== undefined) return known;
  const found = signal<ReadonlySet<string> | undefined>(undefined);
  asked.set(run, found);
  source.ask<PublicPage>(run, ["public"]).then(
    ({ constitution }) => {
      found.value = new Set(constitution?.principles.map(({ id }) => id));
    },
    () => asked.delete(run),
  );
  return found;
}
