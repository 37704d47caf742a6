import { defineConfig } from "precept";

// The settings of Bai et al. 2022 (arXiv 2212.08073), as far as the paper states them.
export default defineConfig({
  constitution: "cai-paper", // the paper's 16 + 16 principles; precept constitution show cai-paper
  models: {
    // A helpful-only model that continues raw text: "vllm:…", "local:FOLDER", "llamacpp:FILE.gguf".
    initial: "MODEL",
    // feedback: "…", // a pre-trained model: it compares without thinking (section 4.1)
    // slCai: "…", // the model fine-tuned on this run's pairs, once there is one
    // judge: "…", // reads answers for precept check: an instruction-tuned model
  },
  prompts: {
    redTeam: "prompts/red-team.jsonl", // partial conversations, one for every turn of a person
    helpful: "prompts/helpful.jsonl",
  },
  format: "paper",
  fewShots: "few-shots.yaml", // in our words; a folder with the paper's own files is read as well
  rounds: 4, // critiques and revisions a prompt (section 3.2)
  selection: "random", // one principle drawn in each round (section 3.1)
  revisions: "all", // fine-tuned on the revisions of every round (section 3.1)
  helpfulSamples: 2,
  labels: "paper", // one principle drawn for each comparison (section 4.1)
  chainOfThought: false, // true: the helpful model thinks first, and labels are clamped to 40-60 % (section 4.3)
  sampling: { temperature: 1 },
  seed: 1,
});
