/**
 * State → cells. Pure: the same state and size give the same frame, so that a test needs no terminal.
 *
 * Not here: what single panes and dialogs show (panes/, dialogs/), the terminal (term/host.ts).
 */
import { drawDialog } from '../dialogs/draw.ts';
import { isList, listOf } from '../panes/index.ts';
import { drawPane } from '../panes/tablePane.ts';
import type { Target } from '../state/events.ts';
import { heightMin, type State, widthMin } from '../state/state.ts';
import { Canvas } from '../term/canvas.ts';
import { translate } from '../term/glyphs.ts';
import { drawFooter } from './footer.ts';
import { drawHeader } from './header.ts';
import { layout } from './layout.ts';

export function frame(state: State, width: number, height: number): Canvas<Target> {
  const canvas = new Canvas<Target>(width, height);
  if (width < widthMin || height < heightMin) {
    canvas.text(0, 0, `${width}x${height} is too small: ${widthMin}x${heightMin} is needed.`, 'warn');
    canvas.text(0, 1, 'q leaves.', 'dim');
  } else {
    drawBody(canvas, state);
    drawHeader(canvas, state);
    drawFooter(canvas, state);
    for (const dialog of state.dialogs) drawDialog(canvas, state, dialog);
  }
  translate(canvas, state.glyphs);
  return canvas;
}

function drawBody(canvas: Canvas<Target>, state: State): void {
  const body = { x: 0, y: 1, width: canvas.width, height: canvas.height - 2 };
  for (const { pane, rect } of layout(state, body)) if (isList(pane)) drawPane(canvas, rect, state, listOf(pane));
}
