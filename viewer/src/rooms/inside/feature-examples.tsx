import type { FeatureExample, FeatureFound } from "../../../../src/view/source-inside.ts";

/** Texts in which a feature is active: the highest, then of every sixth of its range. */
export function FeatureExamples({ page: { examples, max } }: Pick<FeatureFound, "page">) {
  if (examples.length === 0) {
    return (
      <section>
        <h2>Examples</h2>
        <p class="under">It was active in none of the texts.</p>
      </section>
    );
  }
  const groups = [...Map.groupBy(examples, ({ interval }) => interval)];
  return (
    <section>
      <h2>Examples</h2>
      <p class="under">
        The darker a word, the more active. <span class="token without-falls">Underlined</span>: without the feature the
        word would be less likely; <span class="token without-rises">dashed</span>: more.
      </p>
      {groups.map(([interval, own]) => (
        <section class="interval-examples" key={interval}>
          <h3>{headOf(interval, max)}</h3>
          <ul>
            {own.map((example) => (
              <Example key={example.tokens.join(" ")} example={example} max={max} />
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

const parts = 6;

function headOf(interval: FeatureExample["interval"], max: number): string {
  if (interval === "top") return "Highest";
  const at = (part: number): string => ((part / parts) * max).toFixed(2);
  return `Activation ${at(interval - 1)} to ${at(interval)}`;
}

/** Nats from which taking the feature out is shown at a word. */
const least = 0.05;
/** Words on either side of the peak. */
const around = 24;

function Example({ example, max }: { readonly example: FeatureExample; readonly max: number }) {
  const { tokens, activations, effects, peak } = example;
  const [from, to] = [Math.max(0, peak - around), Math.min(tokens.length, peak + around)];
  const moved = tokens
    .flatMap((token, i) => {
      const effect = effects[i] ?? 0;
      return Math.abs(effect) > least ? [{ token, effect }] : [];
    })
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
    .slice(0, 4);
  return (
    <li>
      <p class="tokens" dir="auto">
        {from === 0 ? null : "… "}
        {tokens.slice(from, to).map((token, i) => (
          <Token
            key={`${i}`}
            token={token}
            activation={activations[from + i] ?? 0}
            effect={effects[from + i] ?? 0}
            max={max}
          />
        ))}
        {to === tokens.length ? null : "…"}
      </p>
      <p class="meta">
        {(activations[peak] ?? 0).toFixed(2)} at “{tokens[peak]}”
        {moved.length === 0
          ? ""
          : ` · without it: ${moved.map(({ token, effect }) => `${token} ${effect < 0 ? "−" : "+"}${Math.abs(effect).toFixed(2)}`).join(", ")}`}
      </p>
    </li>
  );
}

interface TokenProps {
  readonly token: string;
  readonly activation: number;
  readonly effect: number;
  readonly max: number;
}

function Token({ token, activation, effect, max }: TokenProps) {
  const heat = activation > 0 ? ` heat-${Math.max(1, Math.ceil((4 * activation) / max))}` : "";
  const moved = effect < -least ? " without-falls" : effect > least ? " without-rises" : "";
  if (heat + moved === "") return <>{token} </>;
  return (
    <>
      <span
        class={`token${heat}${moved}`}
        title={`${activation.toFixed(2)}; without the feature ${effect.toFixed(2)} nats`}
      >
        {token}
      </span>{" "}
    </>
  );
}
