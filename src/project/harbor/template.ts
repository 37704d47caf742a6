import { type Constitution, formatConstitution } from "../../constitution/index.ts";
import { governanceOf } from "../../worlds/harbor/index.ts";
import { formatPrompt, type PromptStage, promptStages } from "../prompts/prompt-set.ts";
import { drawPrompts } from "./inputs.ts";
import { type HarborConfig, harborConfigs, type PresetName } from "./presets.ts";

/** What the settings of a project on harbor are about, above each of them. */
const remarks: Readonly<Record<string, string>> = {
  world: "Harbor: a language of a few hundred words, its helpful-only model, and an oracle that only measures.",
  constitution:
    "What the model should value, in harbor's language: `precept constitution lint constitution.yaml --world harbor`.",
  prompts: "What each stage is asked, a prompt on each line.",
  critiqued: "Which answers are criticised; the paper: those to red-team prompts.",
  reread: "Train on no revision in which a last reading still finds a breach; the paper: false.",
  selection: '"all": every principle criticises; "random": one is drawn in each round, as in the paper.',
  labels: '"ensemble": all principles label a pair; "paper": one is drawn.',
  sampling: "Responses at temperature 1; critiques take the likeliest token.",
  training: "Rates and lengths for a model of a million weights.",
};

/** The settings of the demonstration as a project whose constitution and prompts are files of its own. */
export function harborTemplateConfig(preset: PresetName): HarborConfig {
  const { world, ...config } = harborConfigs[preset];
  // A sentence of one's own has other red-team prompts than the one before it.
  if (preset === "own") return { world, ...config, constitution: "constitution.yaml" };
  const { prompts: _, ...ownWorld } = world;
  const prompts = {
    "sl-cai": promptPath("sl-cai"),
    "ai-feedback": promptPath("ai-feedback"),
    "rl-cai": promptPath("rl-cai"),
  };
  return { world: ownWorld, ...config, constitution: "constitution.yaml", prompts };
}

/** The files of that project: settings, constitution (its text is given), prompts. */
export function harborTemplate(preset: PresetName, constitution: Constitution): readonly (readonly [string, string])[] {
  const drawn = drawPrompts(harborConfigs[preset], governanceOf(constitution));
  const config = harborTemplateConfig(preset);
  const stages = config.prompts === undefined ? [] : promptStages;
  return [
    ["precept.config.ts", formatConfig(config)],
    ["constitution.yaml", formatConstitution(constitution)],
    ...stages.map((stage) => [promptPath(stage), drawn[stage].map(formatPrompt).join("")] as const),
  ];
}

const promptPath = (stage: PromptStage): string => `prompts/${stage}.jsonl`;

function formatConfig(settings: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(settings).flatMap(([name, value]) => {
    const remark = remarks[name];
    return [...(remark === undefined ? [] : [`  // ${remark}`]), `  ${formatKey(name)}: ${formatValue(value, "  ")},`];
  });
  return `import { defineConfig } from "precept";\n\nexport default defineConfig({\n${lines.join("\n")}\n});\n`;
}

/** A value as TypeScript: short objects on one line, long ones with a setting on each. */
function formatValue(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const parts = Object.entries(value).map(([name, part]) => `${formatKey(name)}: ${formatValue(part, `${indent}  `)}`);
  const line = `{ ${parts.join(", ")} }`;
  if (line.length <= 90 && !line.includes("\n")) return line;
  return `{\n${parts.map((part) => `${indent}  ${part},\n`).join("")}${indent}}`;
}

const formatKey = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
