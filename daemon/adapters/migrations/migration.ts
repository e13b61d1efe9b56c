/** The form of one migration. */
export interface StoredValue {
  readonly key: string;
  readonly value: unknown;
}

export interface Migration {
  /** The schema it leads to; it starts from the one before. */
  readonly to: number;
  /** The row in its new form, under the same key or another; undefined when it is dropped. */
  rewrite(row: StoredValue): StoredValue | undefined;
}
