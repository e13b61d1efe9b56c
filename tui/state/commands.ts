/** What the reducer wants done outside. Data alone; effects.ts does it and answers with events. */
import type { LogsInput } from '../../common/contract/logs.ts';
import type { RawInput } from '../dialogs/dialog.ts';

export type LogsWish = Partial<LogsInput> & { readonly name: string };

/** What a call was for; comes back with its answer. */
export type Purpose =
  | { readonly for: 'versions'; readonly name: string }
  | { readonly for: 'sessions' }
  | { readonly for: 'plan'; readonly dialog: number }
  /** A change; `form` waits for its outcome. */
  | { readonly for: 'change'; readonly path: string; readonly input: RawInput; readonly form: number | undefined }
  | { readonly for: 'show'; readonly path: string; readonly input: RawInput };

/** To a terminal inside a container, by its number. */
export type TerminalCommand = {
  readonly type: 'terminal';
  readonly id: number;
} /** With an id of the daemon, one that runs already. */ & (
  | { readonly do: 'open'; readonly name: string; readonly execId: string | undefined }
  /** Ends its command. */
  | { readonly do: 'close'; readonly execId: string | undefined }
  /** What is shown. */
  | { readonly do: 'copy' }
  | { readonly do: 'write'; readonly text: string }
  /** Lines or screenfuls, downwards. */
  | { readonly do: 'scroll' | 'scrollPages' | 'wheel'; readonly by: number }
);

export type Command =
  | {
      readonly type: 'call';
      readonly kind: 'query' | 'mutation';
      readonly path: string;
      readonly input: RawInput;
      readonly purpose: Purpose;
    }
  | TerminalCommand
  | { readonly type: 'logs'; readonly do: 'open'; readonly id: number; readonly input: LogsWish }
  | { readonly type: 'logs'; readonly do: 'close'; readonly id: number }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'mouse'; readonly on: boolean }
  | { readonly type: 'redraw' }
  | { readonly type: 'suspend' }
  | { readonly type: 'quit' };
