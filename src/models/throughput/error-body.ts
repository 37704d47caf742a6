/** An error as a provider's answer tells it, whatever the status of the answer. */
export interface ToldError {
  readonly message: string;
  /** The HTTP status that it amounts to; undefined where nothing says. */
  readonly status: number | undefined;
}

/** What names and codes of errors amount to (OpenAI, Anthropic, Google's RPC codes, vLLM), the surest first. */
const classes: readonly (readonly [RegExp, number])[] = [
  [
    /insufficient_quota|exceeded your current quota|billing|credit balance|payment.?required|insufficient.?(?:credits|balance)/iu,
    402,
  ],
  [/rate.?limit|too.?many.?requests|resource_exhausted|throttl/iu, 429],
  [/overloaded/iu, 529],
  [/authentication|unauthenticated|unauthori[sz]ed|(?:invalid|incorrect|missing).{0,20}api.?key/iu, 401],
  [/permission|forbidden/iu, 403],
  [/context.?length.?exceeded|maximum context|invalid.?(?:request|argument)|bad.?request/iu, 400],
  [/content.?(?:filter|policy)/iu, 400],
  [/not.?found|does not exist|no such model/iu, 404],
  [/unavailable|(?:internal|server|api|upstream|provider|bad.?gateway).{0,8}error|time.?d? ?out|deadline/iu, 503],
];

/** The error within a body: {error: {message, code, type, status}}, {error: "…"}, of a choice, a list's first; undefined for none. */
export function errorIn(body: unknown): ToldError | undefined {
  const first: unknown = Array.isArray(body) ? body[0] : body;
  const choices = fieldOf(first, "choices");
  const ofChoices = Array.isArray(choices) ? choices.map((choice) => fieldOf(choice, "error")) : [];
  const error = [fieldOf(first, "error"), ...ofChoices].find((found) => found !== undefined && found !== null);
  if (error === undefined || error === false || error === "") {
    return fieldOf(first, "object") === "error" || fieldOf(first, "type") === "error" ? readError(first) : undefined;
  }
  return readError(error);
}

function readError(error: unknown): ToldError {
  const said = [fieldOf(error, "message"), fieldOf(error, "detail"), error].find((part) => typeof part === "string");
  const names = ["code", "status", "type", "http_status", "status_code"].map((name) => fieldOf(error, name));
  const message = typeof said === "string" ? said : JSON.stringify(error);
  const numbers = names.map((name) => (typeof name === "string" && /^\d{3}$/u.test(name) ? Number(name) : name));
  const own = numbers.find((name): name is number => typeof name === "number" && name >= 400 && name <= 599);
  const words = names.filter((name) => typeof name === "string").join(" ");
  const named = [words, message].flatMap((text) => classes.find(([pattern]) => pattern.test(text))?.[1] ?? []);
  return { message, status: own ?? named[0] };
}

/** A field of a value that may be no object. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
