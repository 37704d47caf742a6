/** Languages that the pages speak. */
export const LANGUAGES = ["en", "de", "es", "fr", "ar"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Reasons for which a statement may be turned down, where a conversation names none of its own; the pages translate these. */
export const DEFAULT_REASONS = ["off-topic", "duplicate", "unclear", "hateful", "personal-data", "spam"] as const;

/** Characters of a statement. */
export const longestStatement = 400;
