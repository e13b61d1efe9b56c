/** Dialog → cells, whichever kind it is. */
import type { Target } from '../state/events.ts';
import type { State } from '../state/state.ts';
import type { Canvas } from '../term/canvas.ts';
import { drawConfirm } from './confirm.ts';
import type { Dialog } from './dialog.ts';
import { drawForm } from './form.ts';
import { drawMenu } from './menu.ts';
import { drawTexts } from './texts.ts';

export function drawDialog(canvas: Canvas<Target>, state: State, dialog: Dialog): void {
  if (dialog.kind === 'confirm') drawConfirm(canvas, dialog);
  else if (dialog.kind === 'form') drawForm(canvas, dialog);
  else if (dialog.kind === 'menu') drawMenu(canvas, dialog);
  else drawTexts(canvas, state, dialog);
}
