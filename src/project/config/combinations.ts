import { providerNames, withProvider } from "../../models/index.ts";
import { configSchema, type FileConfig } from "./schema.ts";

/** … and what no single setting can say: a world brings its models and prompts, everything else needs both. */
export const completeConfigSchema = configSchema.superRefine((config, context) => {
  const { world, models, prompts, systemPrompt, format, training, check } = config;
  const fault = (path: string, message: string): void =>
    context.addIssue({ code: "custom", path: path.split("."), message });
  if (world !== undefined && models !== undefined) fault("models", `${world.name} brings its own models`);
  if (systemPrompt !== undefined && format === "paper") {
    fault("systemPrompt", "the paper's format has no system turn; leave it out, or format: chat");
  }
  if (world === undefined && models === undefined) fault("models", "missing");
  if (world === undefined && prompts === undefined) fault("prompts", "missing");
  if (config.sftSource === "context-distillation") {
    if (world !== undefined) fault("sftSource", `is for models of one's own; ${world.name} revises`);
    if (format === "paper") fault("sftSource", "needs a system turn, which the paper's format does not have");
    if (models?.reviser !== undefined) fault("models.reviser", "revises nothing under sftSource: context-distillation");
  }
  if (training?.slCai === "none") {
    const unused = { sftSource: config.sftSource, rounds: config.rounds, "models.reviser": models?.reviser };
    const isTrained = training.engine !== "none" && withProvider(nameOf(models) ?? "").startsWith("local:");
    if (check?.inRun === true && world === undefined && !isTrained)
      fault("check.inRun", "has nothing to compare where training.slCai is none and nothing is trained here");
    for (const [name, value] of Object.entries(unused))
      if (value !== undefined) fault(name, "has no use with training.slCai: none, which revises nothing: leave it out");
  }
  for (const [name, message] of findContrastFaults(config)) fault(name, message);
  for (const [name, message] of findTrainingFaults(training, { world: world?.name, models }))
    fault(`training.${name}`, message);
});

/** Settings of pairs and labels that do not go together. */
function findContrastFaults(config: FileConfig): [string, string][] {
  const { world, models, format, labels, pairSource = "samples", labelSource, contrast, pairAnswers } = config;
  const faults: [string, string][] = [];
  if (pairAnswers !== undefined) {
    const { slCai, initial = 0 } = pairAnswers;
    if (slCai + initial < 2) faults.push(["pairAnswers", "needs two answers or more to compare"]);
    if (pairSource !== "samples" || labelSource === "contrastive")
      faults.push(["pairAnswers", "is for pairSource: samples and labelSource: ab"]);
    if (world !== undefined)
      faults.push(["pairAnswers", `is for models of one's own; ${world.name} compares two answers`]);
  }
  const isPlain = pairSource === "samples" && (labelSource ?? "ab") === "ab";
  if (isPlain)
    return contrast === undefined ? faults : [...faults, ["contrast", "needs pairSource or labelSource beside it"]];
  const where = pairSource === "samples" ? "labelSource" : "pairSource";
  if (world !== undefined) faults.push([where, `is for models of one's own; ${world.name} compares two samples`]);
  if (format === "paper") faults.push([where, "needs a system turn, which the paper's format does not have"]);
  if (labels === "debate") faults.push(["labels", `${where} labels the pairs itself; leave this out`]);
  if (labels === "ensemble") faults.push(["labels", `${where} draws one principle for each pair; leave this out`]);
  if (pairSource === "west-of-n" && (labelSource ?? "contrastive") !== "contrastive")
    faults.push(["labelSource", "west-of-n ranks answers by contrast, which also labels them: leave this out"]);
  if (labelSource === "assumed" && pairSource !== "rlcd")
    faults.push(["labelSource", 'assumed is for pairSource: "rlcd", whose answers were told what to do']);
  const scorer = models?.feedback ?? models?.initial;
  const name = typeof scorer === "string" ? scorer : scorer?.model;
  const isScored = pairSource === "west-of-n" || labelSource === "contrastive";
  if (isScored && name !== undefined && isHosted(name))
    faults.push([where, `${name} gives no likelihoods of given answers: models.feedback needs local: or llamacpp:`]);
  return faults;
}

/** Whether a model is one behind HTTP by its name; a model object of one's own may be anything. */
function isHosted(name: string): boolean {
  return /^https?:/.test(name) || providerNames.some((own) => !isHere(own) && name.startsWith(`${own}:`));
}

function isHere(provider: string): boolean {
  return provider === "local" || provider === "llamacpp";
}

/** The initial model's name; undefined without models. */
function nameOf(models: FileConfig["models"]): string | undefined {
  return typeof models?.initial === "string" ? models.initial : models?.initial.model;
}

type Training = NonNullable<FileConfig["training"]>;

/** Settings of training that do not go together. */
function findTrainingFaults(
  training: Training | undefined,
  { world, models }: { readonly world: string | undefined; readonly models: FileConfig["models"] },
): [string, string][] {
  const { engine, ray, dtype, rowsPerProcess, adapter, preference, dpo, preferenceModel, rlCai, slCai } =
    training ?? {};
  const ofTrl = { dtype, rowsPerProcess };
  const faults = findReinforcementFaults(training, world !== undefined);
  for (const [name, value] of Object.entries(ofTrl))
    if (value !== undefined && (engine === undefined || engine === "local" || engine === "none"))
      faults.push([name, `is of training by TRL: engine: "python" or "ray" beside it`]);
  if (engine === "ray" && ray === undefined) faults.push(["ray", 'engine: "ray" needs its address and storage']);
  if (engine !== "ray" && ray !== undefined) faults.push(["ray", 'is the cluster of engine: "ray"']);
  const ofOneself = {
    engine: engine === "none" ? engine : undefined,
    adapter,
    preference,
    dpo,
    slCai: slCai === "none" ? slCai : undefined,
  };
  if (world !== undefined) {
    for (const [name, value] of Object.entries(ofOneself))
      if (value !== undefined) faults.push([name, `is for models of one's own; ${world} trains as its preset says`]);
    return faults;
  }
  const initial = nameOf(models);
  const trains = engine === "local" || engine === "python" || engine === "ray";
  if (trains && initial !== undefined && !withProvider(initial).startsWith("local:"))
    faults.push(["engine", `trains a folder or a file of this machine, local:…, and models.initial is ${initial}`]);
  if (trains && models?.slCai !== undefined)
    faults.push(["engine", "makes the model that models.slCai names: leave that out"]);
  if (slCai === "none" && models?.slCai !== undefined)
    faults.push(["slCai", "none: the initial model answers what is compared; leave out models.slCai"]);
  if (slCai === "none" && preference === "none")
    faults.push(["slCai", 'none, and preference "none": nothing is left to train']);
  if (preference === "none" && rlCai !== undefined) faults.push(["rlCai", "needs a preference model"]);
  if (preference === "dpo" && rlCai !== undefined)
    faults.push(["rlCai", 'needs preference: "preference-model"; dpo takes the place of both']);
  if (preference === "preference-model" && dpo !== undefined)
    faults.push(["dpo", 'stands beside preference: "preference-model"']);
  if (preference === "dpo" && preferenceModel !== undefined)
    faults.push(["preferenceModel", 'stands beside preference: "dpo"']);
  if (preference === undefined && dpo !== undefined && (preferenceModel ?? rlCai) !== undefined)
    faults.push(["dpo", "stands beside a preference model: name one of them under preference"]);
  return faults;
}

/** What the objective of RL does not go with; a world has RL, whether or not it is named. */
function findReinforcementFaults(training: Training | undefined, isWorld: boolean): [string, string][] {
  const { engine, rlCai } = training ?? {};
  const { objective = "ppo", baseline } = rlCai ?? {};
  const isThere = rlCai !== undefined || isWorld;
  if (engine === "python" && isThere && objective === "ppo")
    return [["rlCai", 'is PPO, which TRL 1.16 does not have: rlCai.objective: "rloo", or engine: "local"']];
  if (engine === "ray" && isThere)
    return [["rlCai", 'draws rounds, which no cluster does yet: engine: "python" or "local", or preference: "dpo"']];
  if (objective !== "ppo" && baseline === "value")
    return [["rlCai.baseline", `value is of ppo; ${objective} compares a prompt's answers with each other`]];
  return [];
}
