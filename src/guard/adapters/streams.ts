/** The texts, and when they end or nobody wants them any more, the end of the request to the model. */
export async function* untilOver(
  texts: AsyncGenerator<string, void, undefined>,
  stop: AbortController,
  describeFailure: (message: string) => string,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* texts;
  } catch (error) {
    yield describeFailure(`the model's answer broke off: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    stop.abort();
  }
}
