/** What one event comes to: the next state, and what is to be done outside. */
import type { Dialog } from '../dialogs/dialog.ts';
import type { Command } from './commands.ts';
import type { State } from './state.ts';

export interface Step {
  readonly state: State;
  readonly commands: readonly Command[];
}

export const step = (state: State, ...commands: readonly Command[]): Step => ({ state, commands });

/** A dialog without the number that the state gives it. */
export type NewDialog = Dialog extends infer D ? (D extends Dialog ? Omit<D, 'id'> : never) : never;

export const openDialog = (state: State, dialog: NewDialog): State => ({
  ...state,
  nextDialog: state.nextDialog + 1,
  dialogs: [...state.dialogs, { ...dialog, id: state.nextDialog } as Dialog],
});

export const closeDialog = (state: State, id: number): State => ({
  ...state,
  dialogs: state.dialogs.filter((it) => it.id !== id),
});

/** Changes a dialog, if it is still there. */
export const changeDialog = <D extends Dialog>(state: State, dialog: D, change: Partial<D>): State => ({
  ...state,
  dialogs: state.dialogs.map((it) => (it.id === dialog.id ? { ...it, ...change } : it)),
});
