import type { CausedPage } from "../../../../src/view/source-inside.ts";
import { useKeys, useLoaded } from "../../hooks.ts";
import { PrincipleLink } from "../../parts/principle-link.tsx";
import { Message, Waiting } from "../../parts/words.tsx";
import { linkTo } from "../../route.ts";
import { openRoute, source } from "../../state.ts";
import { askedVersion } from "./ask.tsx";
import { methodLabels, methods, nameCheckpoint } from "./methods.ts";

/** What a training example is known to have caused: the answers that were traced to it, the features it is an example of. */
export function CausedView({ run, id }: { readonly run: string; readonly id: string }) {
  const { value: page, error } = useLoaded(`inside ${run} examples/${id}#${askedVersion.value}`, () =>
    source.ask<CausedPage>(run, ["inside", "examples", ...id.split("/")]),
  );
  useKeys({ back: () => openRoute({ run, page: "inside", id: null, query: "" }) });
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page inside record" tabIndex={-1}>
      <p class="kicker">
        <a href={linkTo(run, "inside")}>Inside</a> · what a training example caused
      </p>
      <h1 class="mono">{id}</h1>
      <div class="tools">
        <a class="button" href={linkTo(run, "record", id)}>
          The training example
        </a>
        <a class="button" href={linkTo(run, "inside", null, new URLSearchParams({ record: id }).toString())}>
          Trace its own completion
        </a>
      </div>
      {page === undefined ? <Waiting for="what is known" /> : <Known run={run} page={page} />}
    </main>
  );
}

function Known({ run, page: { answers, features } }: { readonly run: string; readonly page: CausedPage }) {
  if (answers.length + features.length === 0) {
    return (
      <p class="under">
        No answer that was traced has it among its strongest examples, and no review of changed features names it.
      </p>
    );
  }
  return (
    <>
      {answers.length === 0 ? null : (
        <section>
          <h2>Answers that it shaped</h2>
          <p class="under">Of the answers that were traced, those that have it among the first of a method's list.</p>
          <ul class="traced">
            {answers.map(({ name, request, response, answering, byMethod }) => (
              <li key={name}>
                <a href={linkTo(run, "inside", `answers/${name}`)} dir="auto">
                  {request}
                </a>
                <p dir="auto">{response}</p>
                <p class="meta">
                  {nameCheckpoint(answering)} ·{" "}
                  {methods
                    .filter((one) => byMethod[one] !== undefined)
                    .map((one) => `${methodLabels[one].name} ${byMethod[one]?.rank}.`)
                    .join(" · ")}
                </p>
              </li>
            ))}
          </ul>
        </section>
      )}
      {features.length === 0 ? null : (
        <section>
          <h2>Features that it is an example of</h2>
          <p class="under">Active in it; that they were learned from it is not said.</p>
          <ul class="open-list">
            {features.map(({ dictionary, feature, principle }) => (
              <li key={`${dictionary}/${feature}`}>
                <a href={linkTo(run, "inside", `features/${dictionary}/${feature}`)}>
                  {dictionary}/{feature}
                </a>
                , changed most under <PrincipleLink run={run} id={principle} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
