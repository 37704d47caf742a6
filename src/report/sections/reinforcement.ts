import type { Summary } from "../../evaluation/index.ts";
import { holm, pValueOfInterval, verdictOf } from "../../statistics/index.ts";
import type { ReportData } from "../data.ts";
import { count, formatSigned, number } from "../format.ts";
import { type Html, html } from "../html.ts";
import { checkpointLabel, splitName } from "../names.ts";
import { type Curve, drawCurves, pointsOf } from "./curves.ts";
import { type Section, table } from "./parts.ts";

/** The field's names of what is drawn; the first that a row has. */
const curves = [
  {
    title: "Reward (preference model)",
    metrics: ["objective/scores", "objective/rlhf_reward"],
    colour: "var(--sl-cai)",
  },
  { title: "KL from SL-CAI, nats an answer", metrics: ["objective/kl"], colour: "var(--initial)" },
] as const;

/** Reward and KL as RL-CAI went on, and the gold reward measured afterwards on the policies it kept. */
export function reinforcementSection({ metrics, summary }: ReportData): Section | undefined {
  const title = "Reward, KL and gold reward over RL";
  const rows = metrics["rl-cai"] ?? [];
  const gold = summary?.goldReward ?? [];
  const drawn: Curve[] = curves.flatMap(({ title, metrics, colour }) => {
    const points = pointsOf(rows, metrics);
    return points.length === 0 ? [] : [{ title, colour, points }];
  });
  if (gold.length > 0) {
    const points = gold.map(({ step, gold }) => ({ step, value: gold.estimate, low: gold.low, high: gold.high }));
    drawn.push({ title: "Gold reward (oracle, afterwards)", colour: "var(--rl-cai)", points });
  }
  if (drawn.length === 0) return undefined;
  const stopped = summary?.stages["rl-cai"]?.stopped;
  const body = html`${curvesFigure(drawn)}
${gold.length === 0 ? undefined : goldTable(gold)}
${stopped === undefined ? undefined : html`<p class="note">RL-CAI ended early: ${stopped}.</p>`}
${showPaired(summary)}`;
  return { id: "rl", title, body };
}

function curvesFigure(drawn: readonly Curve[]): Html {
  return html`<figure>${drawCurves(drawn, "the steps of RL-CAI")}
<figcaption>The policy is trained on the first curve under a penalty on the second. The gold reward never reaches training: it is computed after the fact, from
the policies kept on the way. Where reward rises and gold reward does not, the preference model is being exploited.</figcaption></figure>`;
}

function goldTable(gold: NonNullable<Summary["goldReward"]>): Html {
  const parts = gold.flatMap(({ bySide = {}, ...all }) =>
    Object.entries({ all, ...bySide }).map(([side, rewards]) => ({ ...all, ...rewards, side })),
  );
  const rows = parts.map(
    ({
      step,
      klNats,
      side,
      reward,
      gold,
    }) => html`<tr><th scope="row">${count(step)}</th><td class="num">${klNats === undefined ? "–" : number(klNats)}</td><td>${side}</td>
<td class="num">${reward === undefined ? "–" : formatSigned(reward)}</td><td class="num">${number(gold.estimate)}</td><td class="num"><span class="ci">${number(gold.low)} to ${number(gold.high)} <span class="n">n ${count(gold.n)}</span></span></td></tr>`,
  );
  const head = html`<th scope="col">Step</th><th scope="col" class="num">KL, nats</th><th scope="col">Requests</th><th scope="col" class="num">Reward</th><th scope="col" class="num">Gold reward</th><th scope="col" class="num">95 % interval</th>`;
  return html`<details><summary>Gold reward by step</summary>${table("Gold reward by step", head, rows, "Both on the same held-out answers, as many to governed requests (the paper’s harmlessness) as to harmless ones (its helpfulness).")}</details>`;
}

export function showPaired(summary: Summary | undefined): Html | undefined {
  const found = summary?.pairedGoldReward ?? [];
  if (found.length === 0) return undefined;
  const adjusted = holm(found.map(({ difference }) => pValueOfInterval(difference)));
  const sides = { better: "above 0", worse: "below 0", "cannot tell": "cannot tell" } as const;
  const rows = found.map(
    (
      { checkpoint, baseline, split, side, difference, klNats },
      index,
    ) => html`<tr><th scope="row">${checkpointLabel(checkpoint)} over ${checkpointLabel(baseline)}</th>
<td>${splitName(split).label}${side === undefined ? undefined : `, ${side}`}</td><td class="num">${formatSigned(difference.estimate)}<span class="ci">${number(difference.low)} to ${number(difference.high)} <span class="n">n ${count(difference.n)}</span></span></td>
<td class="num">${klNats === undefined ? "–" : number(klNats)}</td>
<td>${sides[verdictOf(difference, true, adjusted[index])]}</td></tr>`,
  );
  const head = html`<th scope="col">Checkpoints</th><th scope="col">Requests</th><th scope="col" class="num">Difference</th><th scope="col" class="num">KL, nats</th><th scope="col">The difference is</th>`;
  const caption = `Gold reward item by item on the same requests: mean paired difference with its 95 % interval (Student t). Whether it is above 0 is said by p-values after Holm over the ${count(found.length)} figures of this table, as precept compare says it.`;
  return html`<h3>Does a stage add something of its own?</h3>${table("Paired differences in gold reward", head, rows, caption)}`;
}
