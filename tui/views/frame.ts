/**
 * State → cells. Pure: the same state, size and screens give the same frame, so that a test needs no terminal.
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
import { bodyOf } from './body.ts';
import { drawFooter } from './footer.ts';
import { drawHeader } from './header.ts';
import { layout } from './layout.ts';
import { drawLogs } from './logs.ts';
import type { Screens } from './screens.ts';
import { drawTerminals } from './terminals.ts';

export function frame(state: State, width: number, height: number, screens: Screens): Canvas<Target> {
  const canvas = new Canvas<Target>(width, height);
  if (width < widthMin || height < heightMin) {
    canvas.text(0, 0, `${width}x${height} is too small: ${widthMin}x${heightMin} is needed.`, 'warn');
    canvas.text(0, 1, 'q leaves.', 'dim');
  } else {
    drawBody(canvas, state, screens);
    drawHeader(canvas, state);
    drawFooter(canvas, state);
    for (const dialog of state.dialogs) drawDialog(canvas, state, dialog);
  }
  translate(canvas, state.glyphs);
  return canvas;
}

function drawBody(canvas: Canvas<Target>, state: State, screens: Screens): void {
  for (const { pane, rect } of layout(state, bodyOf(canvas))) {
    if (pane === 'sessions') canvas.clear(rect); // It lies over the terminals.
    if (isList(pane)) drawPane(canvas, rect, state, listOf(pane));
    else if (pane === 'logs') drawLogs(canvas, rect, state);
    else drawTerminals(canvas, rect, state, screens);
  }
}
