/** One request as plain data: its parts, and as it is sent. */

export type Fields = Readonly<Record<string, unknown>>;

/** Before it is put together, so that each part can be spoiled by itself. */
export interface Draft {
  readonly operation: string;
  readonly role: 'admin' | 'operate' | 'view' | 'none';
  readonly parameters: Fields;
  readonly body: unknown;
  readonly key: string | undefined;
}

export interface Request {
  readonly method: string;
  /** With its query, as it is sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The body stands there as base64. */
  readonly isBytes?: true;
  /** Undefined where it was spoiled so that it may name another route, or none. */
  readonly operation: string | undefined;
  readonly role: Draft['role'];
}
