/** docs/errors.md, written from the one error table. */
import { ERRORS, NUMBER_TEXT } from '../../../common/errors.ts';
import { table } from './table.ts';

type Row = (typeof ERRORS)[keyof typeof ERRORS] & { readonly retryAfterS?: number };

const numberOf = ({ number, http }: Row): string =>
  number === 'route' ? "the route's" : number === 'http' ? String(http) : String(number);

const rows = Object.entries(ERRORS).map(([code, row]: [string, Row]) => [
  `\`${code}\``,
  numberOf(row),
  row.retryAfterS === undefined ? String(row.http) : `${row.http}, Retry-After ${row.retryAfterS}`,
  `\`${row.trpc}\``,
  row.hint,
]);

export const errorsPage = `# Errors

<!-- Written by \`npm run -s docs\` from common/errors.ts; a test fails when it is stale. -->

A failure has one code, and says the same on every face: what failed, on what, why, and what to do. The command line
prints the message and the hint; tRPC carries the whole report in \`error.data.report\`; REST answers
\`{"code": NUMBER, "msg": "TEXT: MESSAGE. HINT", "data": null}\` with the HTTP status.

${table(['code', 'REST number', 'HTTP', 'tRPC', 'what to do'], rows)}

"The route's" number tells which call failed: an unknown name is 1010 on stop and 1016 on info. \`rest.legacyStatus\`
makes every REST answer HTTP 200, for clients that were written against that.

## Numbers

${table(
  ['number', 'text'],
  Object.entries(NUMBER_TEXT).map(([number, text]) => [number, text]),
)}
`;
