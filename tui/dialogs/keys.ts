/** A key or a paste for the topmost dialog. */
import type { State } from '../state/state.ts';
import { changeDialog, type Step, step } from '../state/step.ts';
import { confirmKey } from './confirm.ts';
import type { Dialog } from './dialog.ts';
import { formKey, formPaste } from './form.ts';
import { menuKey } from './menu.ts';
import { paste } from './textField.ts';
import { textsKey } from './texts.ts';

export function dialogKey(state: State, dialog: Dialog, key: string): Step {
  switch (dialog.kind) {
    case 'confirm':
      return confirmKey(state, dialog, key);
    case 'form':
      return formKey(state, dialog, key);
    case 'menu':
      return menuKey(state, dialog, key);
    default:
      return textsKey(state, dialog, key);
  }
}

export function dialogPaste(state: State, dialog: Dialog, text: string): Step {
  if (dialog.kind === 'form') return formPaste(state, dialog, text);
  if (dialog.kind !== 'confirm' || dialog.nameToType === undefined) return step(state);
  const { text: typed } = paste({ text: dialog.typed, cursor: Array.from(dialog.typed).length }, text);
  return step(changeDialog(state, dialog, { typed }));
}
