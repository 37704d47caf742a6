import { type Constitution, createConstitution } from "../../constitution/index.ts";
import { categories, categoriesOutsideRules, governanceOf, principleOf } from "../../worlds/harbor/index.ts";

/** Id of the principle that is the method's own. */
export const HELPFULNESS_ID = "method-helpfulness";

/**
 * The constitution as it is trained in: with a principle more, for help with whatever none speaks of. Bai et al. 2022 (§4.1) mix
 * comparisons of helpfulness, which no constitution governs, into those of harmlessness; without them a model learns from the rest
 * to refuse where its public was silent. Nobody voted on it, and it says so. The same where every category is named.
 */
export function withHelpfulness(constitution: Constitution): Constitution {
  const governance = governanceOf(constitution);
  const unnamed = categories
    .filter((category) => !categoriesOutsideRules.includes(category.name))
    .filter((category) => principleOf(governance, category) === undefined)
    .map(({ name }) => name);
  if (unnamed.length === 0) return constitution;
  return createConstitution({
    ...constitution,
    principles: [
      ...constitution.principles,
      {
        id: HELPFULNESS_ID,
        text: `the answer should help with ${unnamed.join(" or ")} .`,
        source:
          "the method's own, voted on by nobody: help with what no principle speaks of, as Bai et al. 2022 (4.1) train helpfulness beside any constitution",
        tags: ["helpfulness", "method"],
      },
    ],
  });
}
