/** What the reducer wants done outside. Data alone; effects.ts does it and answers with events. */
import type { RawInput } from '../dialogs/dialog.ts';

/** What a call was for; comes back with its answer. */
export type Purpose =
  | { readonly for: 'versions'; readonly name: string }
  | { readonly for: 'plan'; readonly dialog: number }
  /** A change; `form` waits for its outcome. */
  | { readonly for: 'change'; readonly path: string; readonly input: RawInput; readonly form: number | undefined }
  | { readonly for: 'show'; readonly path: string; readonly input: RawInput };

export type Command =
  | {
      readonly type: 'call';
      readonly kind: 'query' | 'mutation';
      readonly path: string;
      readonly input: RawInput;
      readonly purpose: Purpose;
    }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'mouse'; readonly on: boolean }
  | { readonly type: 'redraw' }
  | { readonly type: 'suspend' }
  | { readonly type: 'quit' };
