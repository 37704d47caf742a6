/** Commands of one line of the root help, and what they do. */
type Line = readonly [names: string, brief: string];

/** What `precept` alone shows. A command that no group names is listed under "more", so that none is missing. */
const groups: Readonly<Record<string, readonly Line[]>> = {
  start: [
    ["init", "Begin a project: sentences, a template, a model"],
    ["constitution", "Show, extend, check, compare, import principles"],
    ["plan, run", "What it will take; then make, train, measure"],
    ["collective, chat", "A public's own principles; talk to the result"],
  ],
  measure: [
    ["check", "How often each of your principles is broken"],
    ["evaluate, suite", "Benchmarks on any model; one written anew"],
    ["compare, arena, calibrate, bench", "Better or not; judges checked"],
    ["view, report, card", "A run in the browser; one page; a card"],
    ["features, probe", "What a model has within; what training changed"],
    ["ask, cite, steer", "Answers with checked sources; JSON, measured"],
    ["runs, show, why, attribute", "What was run; where it comes from"],
  ],
  oversight: [["debate, critique, organism, scaling", "Judges, plants, tendencies"]],
  "your model": [
    ["train, python", "Tune on your own data, here or by TRL"],
    ["review, export", "Drop rows by hand; data sets for a trainer"],
  ],
  harbor: [
    ["demo", "The whole method offline, in a tiny world"],
    ["sl-cai, ai-feedback, preference-model, rl-cai", "its stages apart"],
  ],
  engine: [
    ["generate, serve, convert", "Prompts; a server; GGUF to a folder"],
    ["guard, guard-model", "A constitution at run time; heads for it"],
    ["redteam, gate", "Attack a model; may it go on: policy, findings"],
    ["cache, completion", "Answers kept for all runs; Tab in your shell"],
  ],
};

const nameWidth = 19;

/** The root help, within 24 lines of 80 columns. @param commands every command that there is. */
export function showGuide(commands: readonly string[]): string {
  const named = new Set<string>();
  const lines = Object.entries(groups).flatMap(([title, entries]) =>
    entries
      .flatMap(([names, brief]): Line[] => {
        const known = names.split(", ").filter((name) => commands.includes(name));
        for (const name of known) named.add(name);
        return known.length === 0 ? [] : [[known.join(", "), brief]];
      })
      .map(([names, brief], index) => {
        const what = names.length < nameWidth ? `${names.padEnd(nameWidth)}${brief}` : `${names}: ${brief}`;
        return `  ${(index === 0 ? title : "").padEnd(12)}${what}`;
      }),
  );
  const others = commands.filter((name) => !named.has(name));
  if (others.length > 0) lines.push(`  ${"more".padEnd(12)}${others.join(", ")}`);
  return [
    "precept: write down what a model should value, train it in, measure what changed",
    "",
    ...lines,
    "",
    "  precept help COMMAND explains one, with examples; precept -V is the version",
  ].join("\n");
}
