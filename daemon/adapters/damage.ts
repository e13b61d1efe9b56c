/** What is wrong with the state, in words: which file, row or batch, and what that means. */

export interface Damage {
  /** File below the data directory, or key of a row. */
  readonly file: string;
  readonly fault: string;
  readonly means: string;
  /** Nothing is lost by it: the daemon mends it as it goes on. */
  readonly isHarmless?: boolean;
}

export const damage = (file: string, fault: string, means: string): Damage => ({ file, fault, means });

/** `db/000012.ldb is damaged: the block at byte 4096 does not match its checksum (sets may be lost)` */
export const damageText = ({ file, fault, means }: Damage): string => `${file} is damaged: ${fault} (${means})`;
