/** The log of a conversation: everything that happened, chained by hashes, in SQLite or PostgreSQL. */

export { emptyHead, faultOf, type Head, openEvent, type StoredEvent } from "./chain.ts";
export { EventLog } from "./event-log.ts";
export { type Draft, draftSchema, PHASES, type Phase, type SiteEvent, siteEventSchema } from "./events.ts";
export { type Appended, type LogStore, type NewEvent, readLog } from "./log-store.ts";
export { openStore, type StorePlace } from "./open-store.ts";
export { verifyChain } from "./verify-chain.ts";
