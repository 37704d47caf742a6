import { drawFigure, type FoundPart, goldFigure, scalingFigure } from "../../../../src/charts/index.ts";
import type { OversightPage } from "../../../../src/view/source-oversight.ts";
import { useLoaded } from "../../hooks.ts";
import { Chart } from "../../parts/chart.tsx";
import { Message, Waiting } from "../../parts/words.tsx";
import type { RoomProps } from "../../room.ts";
import { source } from "../../state.ts";
import { FoundTable } from "./found-table.tsx";

/** Narrower than this, panels of a chart stand below each other. */
const oneColumn = 560;

/** Who keeps it in view: what judges, critics, auditors and policies said. */
export function OversightRoom({ run }: RoomProps) {
  const { value: page, error } = useLoaded(`oversight ${run}`, () => source.ask<OversightPage>(run, ["oversight"]));
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page oversight" tabIndex={-1}>
      <h1 class="big">Oversight</h1>
      <p class="lede">
        What keeps the model in view where nobody can check each answer by hand: debates and critiques of critiques,
        audits of sealed models, how tendencies grow, and what was decided before it went on.
      </p>
      {page === undefined ? <Waiting for="what was found" /> : <Parts page={page} />}
    </main>
  );
}

function Parts({ page: { parts, faults } }: { readonly page: OversightPage }) {
  return (
    <>
      {faults.map((fault) => (
        <p class="note" role="note" key={fault}>
          {fault}
        </p>
      ))}
      {parts.map((part) => (
        <Part key={part.id} part={part} />
      ))}
    </>
  );
}

function Part({ part }: { readonly part: FoundPart }) {
  const { id, title, under, tables, curves, courses = [], notes, examples = [] } = part;
  const columnsAt = (width: number): number => (width < oneColumn ? 1 : 2);
  return (
    <section id={`oversight-${id}`}>
      <h2>{title}</h2>
      <p class="under">{under}</p>
      {curves === undefined || curves.of.length === 0 ? null : (
        <Chart draw={(width) => drawFigure(scalingFigure(curves.of, curves.xTitle, columnsAt(width)), width)} />
      )}
      {courses.length === 0 ? null : (
        <Chart draw={(width) => drawFigure(goldFigure(courses, columnsAt(width)), width)} />
      )}
      {tables.map((table) => (
        <FoundTable key={table.label} table={table} />
      ))}
      {notes.map((note) => (
        <p class="meta" key={note}>
          {note}
        </p>
      ))}
      {examples.length === 0 ? null : (
        <ul class="traced">
          {examples.map(({ of, request, response }) => (
            <li key={`${of} ${request} ${response}`}>
              <span dir="auto">{request}</span>
              <p dir="auto">{response}</p>
              <p class="meta">{of}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
