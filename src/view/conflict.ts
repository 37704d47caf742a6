/** What stands there is not what somebody began with, or it cannot be written at all. */
export class Conflict extends Error {}
