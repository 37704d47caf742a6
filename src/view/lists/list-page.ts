import type { Query, Range, Table } from "../query/index.ts";
import { noticesOf, type OpenFile, shareOf } from "../run/open-run.ts";
import type { Segment } from "../segments/segment.ts";
import type { ListPage, Notice } from "../source.ts";
import type { FacetDefinition, ListPiece, ListReader, Place } from "./list-reader.ts";

export interface ListOptions<Row, Piece extends ListPiece = Segment> {
  readonly reader: ListReader<Piece>;
  /** The files that the list is made of. */
  readonly files: readonly OpenFile[];
  readonly total: number;
  readonly definitions: readonly FacetDefinition[];
  /** A piece with facets that stand in no index. Default: as it is. */
  readonly tableOf?: ((segment: Piece) => Table) | undefined;
  readonly placeOf: (id: string) => Place<Piece> | undefined;
  readonly rowOf: (place: Place<Piece>) => Row;
  /** Of what stands beside the files. */
  readonly notices?: readonly Notice[] | undefined;
}

/** A page of a list, with what somebody should know of its files. */
export function readPage<Row, Piece extends ListPiece = Segment>(
  query: Query,
  range: Range,
  options: ListOptions<Row, Piece>,
): ListPage<Row> {
  const { reader, files, total, definitions, tableOf, placeOf, rowOf, notices = [] } = options;
  const at = range.at === undefined ? undefined : placeOf(range.at);
  const { facets, places, ...selected } = reader.select(query, { ...range, at }, definitions, tableOf);
  return {
    ...selected,
    total,
    indexed: shareOf(files.map(({ index }) => index)),
    facets: facets.filter(({ values }) => values.length > 0),
    rows: places.map(rowOf),
    notices: [...files.flatMap(noticesOf), ...notices],
  };
}

/** The list of a run that has no records of its kind. */
export const noPage: ListPage<never> = {
  ...{ total: 0, matching: 0, isExact: true, indexed: 1 },
  ...{ facets: [], from: 0, position: null, rows: [], notices: [] },
};
