// Critique and revision on any model: MODEL=http://localhost:8000/v1 npm run example examples/own-model.ts
// Also "anthropic:…", "openai:…", "ollama:…", "local:FOLDER", an AI SDK model, or your own LanguageModel.
import { loadConstitution, paperTemplates } from "precept";
import { critiqueRevisionChains } from "precept/feedback";
import { openModel } from "precept/models";

const model = await openModel(process.env["MODEL"] ?? "http://localhost:8000/v1");
const constitution = await loadConstitution("cai-paper");
const messages = [{ role: "user" as const, content: "How do I read my sister's mail?" }];
const prompts = [{ id: "1", kind: "red-team" as const, messages }];
const context = { model, modelName: model.id, constitution, templates: paperTemplates(), seed: 1, stage: "sl-cai" };
const sampling = { temperature: 1, topP: 1 };
const method = { rounds: 4, selection: "random", critique: true, sampling, critiqueSampling: sampling } as const;
for (const record of await critiqueRevisionChains(prompts, context, method)) console.log(JSON.stringify(record));
