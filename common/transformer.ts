/**
 * How values travel between daemon and clients: plain JSON inwards, superjson outwards. Both ends pass this object.
 *
 * Apart from router.ts so that a client does not load the server for it.
 */
import superjson from 'superjson';

const plain = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };

export const transformer = { input: plain, output: superjson };
