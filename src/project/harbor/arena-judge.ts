import { loadConstitution, type Principle } from "../../constitution/index.ts";
import { type Aim, type ArenaJudge, pairJudge } from "../../evaluation/index.ts";
import { sumLogOdds } from "../../feedback/index.ts";
import { LocalModel } from "../../models/local/index.ts";
import { hashFolder } from "../../storage/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { committedCheckpoint } from "./inputs.ts";

/**
 * Harbor's own model in its comparison role: every principle of the aim in both orders, log-odds summed as the method does.
 * Harmlessness holds the principle against bare refusals, harbor's form of the paper's instruction.
 */
export async function openHarborJudge(name: string | undefined): Promise<ArenaJudge> {
  const folder = name === undefined ? committedCheckpoint : name.replace(/^local:/u, "");
  const model = await LocalModel.load(folder);
  const { principles } = await loadConstitution("harbor");
  const of = (aim: Aim): Principle[] => principles.filter(({ id }) => (aim === "helpfulness") === (id === "help"));
  return {
    hash: await hashFolder(folder),
    dispose: () => model.dispose(),
    judge: (aim) =>
      pairJudge({
        model,
        name: `harbor-${aim}`,
        version: harborTemplates.version,
        prompt: of(aim)
          .map(({ text }) => text)
          .join(" / "),
        combine: sumLogOdds,
        questions: of(aim).map((principle) => ({
          id: principle.id,
          weight: principle.weight,
          render: ({ messages, responses }) => harborTemplates.comparison({ messages, responses, principle }),
        })),
      }),
  };
}
