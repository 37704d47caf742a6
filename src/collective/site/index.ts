/** A conversation's site: people vote on statements, see where they stand, and ratify principles. */

export { analyseStored, type Weighed, weighWithoutFlagged } from "./analyse-stored.ts";
export { siteApp } from "./app.ts";
export { type Configuration, configurationHash, configurationSchema } from "./configuration.ts";
export { loadConfiguration, parseConfiguration } from "./configuration-file.ts";
export { type ImportIntoOptions, type ImportReport, importInto } from "./import-into.ts";
export { openConversation } from "./open-conversation.ts";
export { openDrafted } from "./open-drafted.ts";
export { type OpenSiteOptions, openSite } from "./open-site.ts";
export type { OrganiserDesk } from "./organiser-desk.ts";
export { ratificationResults } from "./ratification.ts";
export { readConversation, type SecondVote, type StoredConversation } from "./read-conversation.ts";
export { readTown } from "./read-town.ts";
export { readTownApart } from "./read-town-apart.ts";
export { type RunningSite, type StartOptions, startSite } from "./start.ts";
export { type VerifyReport, verifyConversation } from "./verify.ts";
export type { RatificationResult } from "./wire.ts";
