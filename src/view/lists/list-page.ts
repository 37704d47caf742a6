import type { Query, Range, Table } from "../query/index.ts";
import { noticesOf, type OpenFile, shareOf } from "../run/open-run.ts";
import type { Segment } from "../segments/segment.ts";
import type { ListPage, Notice } from "../source.ts";
import type { FacetDefinition, ListReader, Place } from "./list-reader.ts";

export interface ListOptions<Row> {
  readonly file: OpenFile;
  readonly reader: ListReader;
  readonly definitions: readonly FacetDefinition[];
  readonly tableOf: (segment: Segment) => Table;
  readonly placeOf: (id: string) => Place | undefined;
  readonly rowOf: (place: Place) => Row;
  /** Of what stands beside the file. */
  readonly notices: readonly Notice[];
}

/** A page of a list, with what somebody should know of its file. */
export function readPage<Row>(query: Query, range: Range, options: ListOptions<Row>): ListPage<Row> {
  const { file, reader, definitions, tableOf, placeOf, rowOf, notices } = options;
  const at = range.at === undefined ? undefined : placeOf(range.at);
  const { facets, places, ...selected } = reader.select(query, { ...range, at }, definitions, tableOf);
  return {
    ...selected,
    total: file.index.items,
    indexed: shareOf([file.index]),
    facets: facets.filter(({ values }) => values.length > 0),
    rows: places.map(rowOf),
    notices: [...noticesOf(file), ...notices],
  };
}

/** The list of a run that has no records of its kind. */
export const noPage: ListPage<never> = {
  ...{ total: 0, matching: 0, isExact: true, indexed: 1 },
  ...{ facets: [], from: 0, position: null, rows: [], notices: [] },
};
