/** Why something was not done; the pages say each in the language of whoever asked. */
export type RefusalCode =
  | "not-invited"
  | "invitation-expired"
  | "unknown-voter"
  | "not-organiser"
  | "too-fast"
  | "not-open"
  | "unknown-statement"
  | "unknown-principle"
  | "unknown-reason"
  | "empty"
  | "too-long"
  | "said-already"
  | "wrong-order"
  | "not-understood";

const statuses = { "not-invited": 403, "invitation-expired": 410, "unknown-voter": 401, "not-organiser": 403 } as const;
const further = { "too-fast": 429, "said-already": 409, "not-open": 409, "wrong-order": 409 } as const;

/** Something that cannot be done for whoever asks, and is no fault of the server. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  /** E.g. the seconds to wait, or the statement that says the same. */
  readonly detail: string;

  constructor(code: RefusalCode, detail = "") {
    super(detail === "" ? code : `${code}: ${detail}`);
    this.name = "Refusal";
    this.code = code;
    this.detail = detail;
  }

  get status(): 401 | 403 | 409 | 410 | 422 | 429 {
    const known: Partial<Record<RefusalCode, 401 | 403 | 409 | 410 | 429>> = { ...statuses, ...further };
    return known[this.code] ?? 422;
  }
}
