import { linkTo } from "../route.ts";
import { isShared, rooms } from "../state.ts";

/** Checkpoints whose answers can be traced to training examples, as records name them. */
const traced: ReadonlySet<unknown> = new Set(["sl-cai", "sl-cai-without-replay", "dpo", "rl-cai"]);

interface Props {
  readonly run: string;
  readonly id: string;
  readonly class?: string | undefined;
}

/** From a training example to what it is known to have caused; nothing where the run has no such page. */
export function CausedLink({ run, id, class: kind }: Props) {
  if (!rooms.value.has("inside")) return null;
  return (
    <a class={kind} href={linkTo(run, "inside", `examples/${id}`)}>
      What it caused
    </a>
  );
}

/** From an answer of a checkpoint to the question which training examples shaped it; nothing where nobody can be asked. */
export function ShapedLink({ run, id, of, class: kind }: Props & { readonly of: unknown }) {
  if (!rooms.value.has("inside") || isShared || !traced.has(of)) return null;
  return (
    <a class={kind} href={linkTo(run, "inside", null, new URLSearchParams({ record: id }).toString())}>
      Which examples shaped it
    </a>
  );
}
