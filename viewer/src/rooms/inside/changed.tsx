import type { DictionaryDiff, ReviewedFeature } from "../../../../src/view/source-inside.ts";
import { formatCount } from "../../format.ts";
import { PrincipleLink } from "../../parts/principle-link.tsx";
import { ScrollBox } from "../../parts/scroll-box.tsx";
import { nameStage } from "../../parts/words.tsx";
import { linkTo } from "../../route.ts";

interface Props {
  readonly run: string;
  readonly dictionary: string;
  readonly diff: DictionaryDiff;
}

/** Features whose rows are shown. */
const most = 20;

export const wholePercent = (share: number): string => (100 * share).toFixed(0);
const signed = (value: number, digits: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;

/** Which features changed between two checkpoints, the most changed first, each with principle, effect and cause. */
export function Changed({ run, dictionary, diff }: Props) {
  const { before, after, n, features, changed, review } = diff;
  return (
    <section>
      <h2>
        What changed: {nameOf(before)} → {nameOf(after)}
      </h2>
      <p class="under">
        {formatCount(changed.length)} of {formatCount(2 * features)} rates changed (q ≤ 0.01) over {formatCount(n)}{" "}
        requests that both answered. In a request the text is the same for both: a change is within the model; in an
        answer it may be that the answer is another.
      </p>
      <ScrollBox label="Changed features">
        <table>
          <thead>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col">Read in</th>
              <th scope="col" class="num">
                % of texts
              </th>
              <th scope="col" class="num">
                Change
              </th>
              <th scope="col">Most under</th>
            </tr>
          </thead>
          <tbody>
            {changed.slice(0, most).map(({ feature, side, before: was, after: is, difference, groups }) => (
              <tr key={`${feature} ${side}`}>
                <th scope="row">
                  <a href={linkTo(run, "inside", `features/${dictionary}/${feature}`)}>{feature}</a>
                </th>
                <td>{side}</td>
                <td class="num">
                  {wholePercent(was)} → {wholePercent(is)}
                </td>
                <td class="num">
                  {difference.estimate > 0 ? "▲" : "▼"} {signed(100 * difference.estimate, 0)}
                  <span class="interval block">
                    {signed(100 * difference.low, 0)} to {signed(100 * difference.high, 0)}
                  </span>
                </td>
                <td>
                  {groups.slice(0, 3).map(({ group, before: own, after: now }, i) => (
                    <span key={group}>
                      {i === 0 ? "" : ", "}
                      {group === "none" ? "none" : <PrincipleLink run={run} id={group} />} {wholePercent(own)}→
                      {wholePercent(now)}
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {review === undefined ? null : (
        <>
          <h3>Review</h3>
          <p class="under">
            Causes are examples in which a feature is active; that it was learned from them is for a trace to say.
          </p>
          {review.map((one) => (
            <details class="review" key={one.feature}>
              <summary>
                Feature {one.feature}, {one.principle}
              </summary>
              <Reviewed run={run} of={one} before={before} after={after} />
              <p>
                <a href={linkTo(run, "inside", `features/${dictionary}/${one.feature}`)}>Its page</a>
              </p>
            </details>
          ))}
        </>
      )}
    </section>
  );
}

export const nameOf = (place: string): string => nameStage(place.split("@").at(-1) ?? place);

interface ReviewedProps {
  readonly run: string;
  readonly of: ReviewedFeature;
  readonly before: string;
  readonly after: string;
}

/** A changed feature with its effect and the examples that it may come from. */
export function Reviewed({ run, of: { effect, causes, shares }, before, after }: ReviewedProps) {
  const isHeld = effect.own < 0 && effect.other > 0;
  return (
    <>
      <p>
        <b>Effect.</b> Without it {nameOf(after)} finds its own answers {signed(effect.own, 2)} nats likelier and{" "}
        {nameOf(before)}'s {signed(effect.other, 2)}, on average over {formatCount(effect.n)} requests
        {isHeld ? ": it holds the new answers up." : "."}
      </p>
      <p>
        <b>Cause.</b> Of the training examples it is active in{" "}
        {shares.map(({ principleId, share, n }) => `${wholePercent(share)} % of ${principleId}'s ${n}`).join(", ") ||
          "none"}
        .
      </p>
      <ul class="line">
        {causes.map(({ id, principleId, activation, text }) => (
          <li key={id}>
            {activation.toFixed(2)}{" "}
            <a class="mono" href={linkTo(run, "inside", `examples/${id}`)}>
              {id}
            </a>{" "}
            ({principleId ?? "unrevised"}): <span dir="auto">{text}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
