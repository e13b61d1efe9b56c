/** What berthd doctor finds, one subject at a time, and how it reads. */

/** Where the advice stands further down. */
export const BELOW = '';

export interface Finding {
  readonly subject: string;
  readonly state: 'ok' | 'note' | 'bad';
  readonly text: string;
  readonly advice?: string;
}

export const ok = (subject: string, text: string): Finding => ({ subject, state: 'ok', text });
export const note = (subject: string, text: string, advice?: string): Finding =>
  advice === undefined ? { subject, state: 'note', text } : { subject, state: 'note', text, advice };
export const bad = (subject: string, text: string, advice: string): Finding => ({
  subject,
  state: 'bad',
  text,
  advice,
});

const SIGN = { ok: 'ok  ', note: 'note', bad: 'BAD ' } as const;

/** One line for each finding, and below it what to do. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  return findings
    .flatMap(({ subject, state, text, advice }) => [
      `${SIGN[state]}  ${subject.padEnd(width)}  ${text}`,
      ...(!advice ? [] : [`${' '.repeat(width + 8)}→ ${advice}`]),
    ])
    .join('\n');
}

export const isHealthy = (findings: readonly Finding[]): boolean => findings.every(({ state }) => state !== 'bad');
