import type { Table } from "./tables.ts";

const types = { text: "STRING", number: "DOUBLE", count: "INT32" } as const;

/** A table as Parquet: texts word for word, undefined cells null. */
export async function formatParquet({ columns, rows }: Pick<Table, "columns" | "rows">): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  return new Uint8Array(
    parquetWriteBuffer({
      createdBy: "precept",
      columnData: columns.map(({ name, type }, index) => ({
        ...{ name, type: types[type], nullable: true },
        data: rows.map((row) => row[index] ?? null),
      })),
    }),
  );
}
