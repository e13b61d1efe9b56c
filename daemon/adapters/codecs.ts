/**
 * The text of one row: `CRC SEQUENCE JSON`, readable with any LevelDB tool.
 *
 * The CRC-32 (8 hex digits) covers key, sequence number and JSON, so that a flipped bit shows, and also a value that
 * came to lie under another key. LevelDB's own checksums end at its blocks and are dropped in silence when its log is
 * recovered.
 */
import { crc32 } from 'node:zlib';
import { AppError } from '../../common/errors.ts';

export interface Row<T = unknown> {
  /** Number of the batch that wrote it. */
  readonly sequence: number;
  readonly value: T;
}

export function encodeRow(key: string, sequence: number, json: string): string {
  const body = `${sequence} ${json}`;
  return `${checksum(key, body)} ${body}`;
}

/** Throws STORE_DAMAGED, naming the key, when the row is not what was written. */
export function decodeRow<T>(key: string, text: string): Row<T> {
  const body = text.slice(9);
  const space = body.indexOf(' ');
  if (text.slice(0, 9) !== `${checksum(key, body)} ` || space < 1) throw damaged(key);
  return { sequence: Number(body.slice(0, space)), value: JSON.parse(body.slice(space + 1)) as T };
}

const checksum = (key: string, body: string): string => crc32(`${key}\n${body}`).toString(16).padStart(8, '0');

const damaged = (key: string): AppError =>
  new AppError('STORE_DAMAGED', `the row ${key} of the state is damaged: its checksum does not match`, {
    details: { key },
  });
