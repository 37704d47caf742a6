import { z } from "zod";
import { contentHash } from "../../storage/index.ts";
import type { AnalyseOptions } from "../options.ts";
import { DEFAULT_REASONS, LANGUAGES, longestStatement } from "./pages-know.ts";

const text = (most: number): z.ZodString => z.string().trim().min(1).max(most);
const statementText = text(longestStatement);

const seedSchema = z.union([
  statementText.transform((it) => ({ text: it, isMeta: false })),
  z.strictObject({ text: statementText, language: z.enum(LANGUAGES).optional(), isMeta: z.boolean().default(false) }),
]);

/** What `precept collective open` reads: the conversation's file, town.yaml. */
export const configurationSchema = z
  .strictObject({
    title: text(120),
    /** What people are asked. */
    question: text(400),
    about: text(4000).optional(),
    /** The first one is that of the seed statements and of whoever asks for none of them. */
    languages: z.array(z.enum(LANGUAGES)).min(1).default(["en"]),
    /** `open`: whoever has the address; `invited`: whoever has an invitation. */
    access: z.enum(["open", "invited"]).default("open"),
    seeds: z.array(seedSchema).min(1).max(1000),
    moderation: z
      .strictObject({
        /** `before`: a statement is shown once it was accepted; `after`: at once, until it is turned down. */
        when: z.enum(["before", "after"]).default("before"),
        /** Published beside the question: the only reasons for which a statement may be turned down. */
        reasons: z
          .array(z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/), text: text(400) }))
          .min(1)
          .optional(),
      })
      .prefault({}),
    /** Cells of fewer people are shown to nobody. */
    smallestCell: z.int().min(3).max(100).default(5),
    /** A principle is ratified when at least this share of those who agree or disagree agrees. */
    ratifiedFrom: z.number().min(0.5).max(1).default(0.6),
    /** Share of the draws of the next statement that is uniform. */
    floor: z.number().min(0).max(1).default(0.1),
    seed: z.int().min(0).default(1),
    limits: z
      .strictObject({
        votesPerMinute: z.int().min(1).default(90),
        statementsPerHour: z.int().min(0).default(20),
        /** Newcomers behind one address; a hall's network has one for all. */
        joinsPerMinute: z.int().min(1).default(200),
      })
      .prefault({}),
  })
  .refine(({ seeds }) => new Set(seeds.map((seed) => seed.text)).size === seeds.length, {
    path: ["seeds"],
    message: "two seed statements say the same",
  });
export type Configuration = z.infer<typeof configurationSchema>;

/** How a conversation is analysed: a group of fewer people than may be shown would hide what all groups share. */
export const analysisOptions = ({
  seed,
  smallestCell,
}: Pick<Configuration, "seed" | "smallestCell">): AnalyseOptions => ({
  seed,
  smallestGroup: smallestCell,
});

/** Reasons of the published policy, by their ids. */
export function reasonsOf({ moderation }: Configuration): readonly { readonly id: string; readonly text: string }[] {
  return moderation.reasons ?? DEFAULT_REASONS.map((id) => ({ id, text: "" }));
}

/** SHA-256 of what a conversation's file says, whatever its layout. */
export const configurationHash = (configuration: Configuration): string => contentHash(configuration);
