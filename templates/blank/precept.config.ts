import { defineConfig } from "precept";

export default defineConfig({
  constitution: "constitution.yaml",
  // systemPrompt: "system.md", // what your bot is told before every conversation
  models: {
    initial: "MODEL", // your bot
    // judge: "…", // reads its answers for precept check
  },
  prompts: {
    redTeam: "prompts/red-team.jsonl",
    helpful: "prompts/helpful.jsonl",
  },
  check: {
    gates: { "your-rule": { atMost: 0.05 } },
  },
});
