import { z } from "zod";
import { ID_FORM, PRINCIPLE_KINDS } from "./constitution.ts";

const text = z.string().regex(/\S/);

/** The YAML form of a constitution for editors; `parseConstitution` is what reads it, and a test holds the two together. */
const principle = z.strictObject({
  id: z
    .string()
    .regex(ID_FORM)
    .describe("Lower-case words joined by hyphens: the stable name in records, reports and --delete"),
  text: text.describe("What the principle says; used wherever no request is given"),
  critiqueRequest: text.optional().describe("Asks for a critique of the assistant's last response"),
  revisionRequest: text.optional().describe("Asks for a revision after the critique"),
  comparisonRequest: text.optional().describe("Asks which of two responses is better"),
  appliesTo: z.enum(PRINCIPLE_KINDS).optional().describe("The one kind of prompt that it is about; all unless given"),
  inverse: text.optional().describe("The opposite of the text, for the control that inverts a principle"),
  positive: text
    .optional()
    .describe(
      "A system prompt under which a model follows it, for labels by contrast; drafted from the text unless given",
    ),
  negative: text.optional().describe("A system prompt under which a model breaks it; drafted likewise"),
  demonstrations: z
    .array(z.strictObject({ prompt: text, response: text }))
    .optional()
    .describe("Answers that follow it, shown beside the positive system prompt alone"),
  source: text.optional().describe("Where the principle comes from: a document and the place in it"),
  weight: z.number().positive().optional().describe("How often it is drawn beside the others; 1 unless given"),
  tags: z
    .array(text)
    .optional()
    .describe('Groups, and "anti-evasive" or "anti-preachy" where the wording does not show it'),
});

const constitution = z.strictObject({
  name: text.optional().describe("Default: the file's name"),
  source: text.optional().describe("Where the whole comes from, and its licence"),
  preamble: text.optional().describe("Prose that stands beside the list and explains it"),
  principles: z.array(principle).min(1).describe("In an order that counts"),
});

/** Reads whether a value has the form of a constitution's YAML. */
export function hasConstitutionForm(value: unknown): boolean {
  return constitution.safeParse(value).success;
}

/** The JSON Schema of a constitution's YAML, as `schemas/precept.constitution.schema.json` holds it. */
export function constitutionJsonSchema(): unknown {
  return {
    ...z.toJSONSchema(constitution, { target: "draft-2020-12" }),
    title: "Precept: a constitution",
    description: "Written by `node src/constitution/write-schema.ts` from src/constitution/json-schema.ts.",
  };
}
