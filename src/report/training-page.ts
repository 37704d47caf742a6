import { renderDocument } from "./document.ts";
import { bytes, count, day, duration, number, spaceWords } from "./format.ts";
import { type Html, html } from "./html.ts";
import { modelLabel } from "./names.ts";
import { type Card, cardPart } from "./sections/card.ts";
import { type Curve, drawCurves, pointsOf } from "./sections/curves.ts";
import { oversightSections } from "./sections/oversight.ts";
import { fact, type Section, table } from "./sections/parts.ts";
import type { TrainingData } from "./training-data.ts";

const objectives: Readonly<Record<string, string>> = {
  sft: "Fine-tuning",
  dpo: "Direct preference optimisation",
  "preference-model": "A preference model",
  "token-heads": "Heads of a guard model",
  ppo: "Reinforcement by PPO",
  grpo: "Reinforcement by GRPO",
  rloo: "Reinforcement by RLOO",
};

interface Measure {
  readonly metric: string;
  readonly title: string;
  readonly colour: string;
}

/** What is drawn of a training, in this order, as far as it has it. */
const measures: readonly Measure[] = [
  { metric: "loss", title: "Loss", colour: "var(--sl-cai)" },
  { metric: "held_out/loss", title: "Loss on held-out data", colour: "var(--rl-cai)" },
  { metric: "held_out/accuracy", title: "Accuracy on held-out pairs", colour: "var(--rl-cai)" },
  { metric: "accuracy", title: "Accuracy", colour: "var(--sl-cai)" },
  { metric: "rewards/accuracies", title: "Pairs whose chosen answer is preferred", colour: "var(--sl-cai)" },
  { metric: "rewards/margins", title: "Margin of the implicit reward", colour: "var(--rl-cai)" },
  { metric: "logps/chosen", title: "Log-likelihood of the chosen answers", colour: "var(--initial)" },
  { metric: "objective/scores", title: "Reward", colour: "var(--sl-cai)" },
  { metric: "objective/kl", title: "KL from the start, nats an answer", colour: "var(--initial)" },
  { metric: "monitor/length", title: "Tokens an answer", colour: "var(--initial)" },
  { metric: "completions/clipped_ratio", title: "Answers cut at the limit", colour: "var(--alarm)" },
  { metric: "gradient_norm", title: "Norm of the gradient", colour: "var(--soft)" },
];

/** The page of a training job. */
export function renderTrainingPage(data: TrainingData): string {
  const { name, job, date, manifest } = data;
  return renderDocument({
    title: name,
    header: html`<header>
<p class="kicker">Precept · training · ${day(date)}</p>
<h1>${name}</h1>
<p class="lede">${ledeOf(data)}</p>
<dl class="facts">
${fact("Starts from", html`<code>${job.initial}</code>`)}
${fact("Trains", job.lora === undefined ? "all weights" : `adapters of rank ${job.lora.rank}`)}
${Object.entries(data.rows).map(([key, n]) => fact(labelOf(key), count(n)))}
${data.summary === undefined ? undefined : fact("Took", `${duration(data.summary.seconds)}, ${count(data.summary.training.tokens)} tokens, ${bytes(manifest.stages["train"]?.peakMemoryBytes ?? 0)}`)}
</dl>
${cardPart(trainingCard(data))}
</header>`,
    sections: [
      curvesSection(data),
      alarmsSection(data),
      measuresSection(data),
      ...oversightSections(data.oversight),
      useSection(data),
      madeSection(data),
    ],
  });
}

/** With four digits that count; losses differ in the third. */
function formatMeasure(value: number): string {
  const size = Math.abs(value);
  const text = size === 0 ? "0" : size < 0.001 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replaceAll("-", "−");
}

const labelOf = (key: string): string => `${key.charAt(0).toUpperCase()}${spaceWords(key).slice(1)}`;

const titleOf = ({ job }: TrainingData): string => objectives[job.objective] ?? job.objective;

/** The loss on what was not trained on, before and after, where that was measured; else that of the steps. */
function lossesOf({ metrics, summary }: TrainingData): { what: string; first: number; last: number } | undefined {
  const { "initial/held_out_loss": initial, "final/held_out_loss": final } = summary?.training.metrics ?? {};
  if (initial !== undefined && final !== undefined) return { what: "held-out loss", first: initial, last: final };
  const held = endsOf(pointsOf(metrics, ["held_out/loss"]));
  if (held !== undefined) return { what: "held-out loss", ...held };
  const own = endsOf(pointsOf(metrics, ["objective/scores"])) ?? endsOf(pointsOf(metrics, ["loss"]));
  const what = pointsOf(metrics, ["objective/scores"]).length > 0 ? "reward" : "loss";
  return own === undefined ? undefined : { what, ...own };
}

function endsOf(points: Curve["points"]): { first: number; last: number } | undefined {
  const [first, last] = [points[0], points.at(-1)];
  return first === undefined || last === undefined || first === last
    ? undefined
    : { first: first.value, last: last.value };
}

function ledeOf(data: TrainingData): string {
  const { job, summary, metrics } = data;
  const losses = lossesOf(data);
  const course =
    losses === undefined ? "" : `: ${losses.what} ${formatMeasure(losses.first)} → ${formatMeasure(losses.last)}`;
  if (summary === undefined)
    return `${titleOf(data)} of ${modelLabel(job.initial)} is not finished: ${count(metrics.length)} steps so far${course}.`;
  const { steps } = summary.training;
  return `${titleOf(data)} of ${modelLabel(job.initial)}, ${count(steps)} ${steps === 1 ? "step" : "steps"}${course}.`;
}

function trainingCard(data: TrainingData): Card {
  const { job, rows, summary, date } = data;
  const sizes = Object.entries(rows).map(([key, n]) => `${count(n)} ${spaceWords(key)}`);
  const losses = lossesOf(data);
  return {
    title: `${titleOf(data)}, ${day(date)}`,
    lines: [
      [
        modelLabel(job.initial),
        job.lora === undefined ? "all weights" : `adapters of rank ${job.lora.rank}`,
        ...sizes,
      ].join(", "),
      ...(summary === undefined
        ? ["not finished"]
        : [
            `${count(summary.training.steps)} steps, ${count(summary.training.tokens)} tokens, ${duration(summary.seconds)}`,
          ]),
    ],
    about: "first step → last step",
    rows: [
      ...(losses?.what === "held-out loss"
        ? [["Held-out loss", `${formatMeasure(losses.first)} → ${formatMeasure(losses.last)}`]]
        : []),
      ...curvesOf(data).flatMap(({ title, points }) => {
        const ends = endsOf(points);
        if (ends === undefined || title === "Norm of the gradient") return [];
        return [[title, `${formatMeasure(ends.first)} → ${formatMeasure(ends.last)}`]];
      }),
    ],
  };
}

function curvesOf({ metrics }: TrainingData): Curve[] {
  return measures.flatMap(({ metric, title, colour }) => {
    const points = pointsOf(metrics, [metric]);
    return points.length === 0 ? [] : [{ title, colour, points }];
  });
}

function curvesSection(data: TrainingData): Section | undefined {
  const drawn = curvesOf(data).filter(({ points }) => points.length > 1);
  if (drawn.length === 0) return undefined;
  return {
    id: "curves",
    title: "Over the steps",
    body: html`<figure>${drawCurves(drawn, "the steps of training")}<figcaption>As the steps were, without smoothing.</figcaption></figure>`,
  };
}

/** What the trainer says at the end. */
function measuresSection({ summary }: TrainingData): Section | undefined {
  if (summary === undefined) return undefined;
  const rows = Object.entries(summary.training.metrics).map(
    ([metric, value]) =>
      html`<tr><th scope="row"><code>${metric}</code></th><td class="num">${formatMeasure(value)}</td></tr>`,
  );
  const head = html`<th scope="col">Measure</th><th scope="col" class="num">Value</th>`;
  return {
    id: "measures",
    title: "At the end",
    body: table(
      "Measures at the end of training",
      head,
      rows,
      "As the trainer names them; a measure without “held_out” is of the data that was trained on.",
    ),
  };
}

/** Answers cut at the limit that make a reward one of length. */
const manyCut = 0.25;

function alarmsSection(data: TrainingData): Section | undefined {
  const { summary, metrics } = data;
  const own = summary?.training.metrics ?? {};
  const losses = lossesOf(data);
  const last = metrics.at(-1) ?? {};
  const lastOf = (metric: string): number | undefined => {
    const value = own[metric] ?? last[metric];
    return typeof value === "number" ? value : undefined;
  };
  const accuracy = lastOf("held_out/accuracy") ?? lastOf("rewards/accuracies") ?? lastOf("accuracy");
  const cut = lastOf("completions/clipped_ratio");
  const items: (Html | undefined)[] = [
    summary === undefined ? html`The training is not finished; the same command goes on.` : undefined,
    summary?.stopped === undefined
      ? undefined
      : html`Stopped early at step ${count(summary.stopped.step)}: ${summary.stopped.reason}.`,
    losses?.what === "held-out loss" && losses.last > losses.first
      ? html`The loss on held-out data rose from ${formatMeasure(losses.first)} to ${formatMeasure(losses.last)}: the model forgets, or learned its data by heart. Fewer epochs, or a lower rate.`
      : undefined,
    losses?.what === "loss" && losses.last >= losses.first
      ? html`The loss did not fall: ${formatMeasure(losses.first)} at the first step, ${formatMeasure(losses.last)} at the last.`
      : undefined,
    accuracy !== undefined && accuracy <= 0.5
      ? html`No more than half of the pairs are told the right way round (${formatMeasure(accuracy)}): nothing of the preferences is learned yet.`
      : undefined,
    cut !== undefined && cut >= manyCut
      ? html`${number(100 * cut)} % of the answers reached the limit of tokens: their reward is that of half a text.`
      : undefined,
  ];
  const found = items.filter((item) => item !== undefined);
  if (found.length === 0) return undefined;
  return {
    id: "alarms",
    title: "Worth a look",
    body: html`<ul class="alarms">${found.map((item) => html`<li>${item}</li>`)}</ul>`,
  };
}

/** What can be done with it. */
function useSection({ folder, job, summary }: TrainingData): Section | undefined {
  if (summary === undefined) return undefined;
  const commands =
    job.objective === "preference-model"
      ? [`precept train grpo --model MODEL --data prompts.jsonl --reward ${folder} --out runs/reinforced`]
      : [
          `precept chat ${folder}`,
          `precept check ${job.initial} ${folder}`,
          ...(job.lora === undefined ? [] : [`precept train merge ${folder} --out ${folder}-merged`]),
        ];
  return {
    id: "use",
    title: "What to do with it",
    body: html`<p>The folder stands for its model in every command.</p>${commands.map((command) => html`<p><code>${command}</code></p>`)}`,
  };
}

/** Enough to train it again. */
function madeSection({ manifest, summary }: TrainingData): Section {
  const terms: readonly (readonly [string, Html])[] = [
    ["Command", html`<code>precept ${manifest.command}</code>`],
    ["Seed", html`${manifest.seed}`],
    [
      "Version",
      html`precept ${manifest.version}${manifest.gitCommit === null ? "" : html`, commit <code>${manifest.gitCommit}</code>`}, Node ${manifest.node}, ${manifest.platform}`,
    ],
    ...(summary === undefined ? [] : [["Weights, SHA-256", html`<code>${summary.training.hash}</code>`] as const]),
    ...Object.entries(manifest.inputs).map(
      ([name, hash]) => [`${labelOf(name)}, SHA-256`, html`<code>${hash}</code>`] as const,
    ),
  ];
  return {
    id: "provenance",
    title: "Provenance",
    body: html`<dl class="provenance">${terms.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<details><summary>Settings</summary><pre class="scroll"><code>${JSON.stringify(manifest.config, null, 2)}</code></pre></details>`,
  };
}
