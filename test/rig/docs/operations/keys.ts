/** Which key of the UI leads to which procedure: found by pressing each of them, on sets in every state. */
import { menuItems } from '../../../../tui/dialogs/menu.ts';
import { DEFAULT_KEYMAP } from '../../../../tui/keys/keymap.ts';
import { UiScene } from '../../uiScene.ts';
import { uiVersions } from '../../uiWorld.ts';

/** Views by their keys; `tab` goes through the panes of each. */
const VIEWS = ['1', '2', '4', '6'];
const rowsMax = 6;
const panesMax = 2;

export function keysByProcedure(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { keys, where } of DEFAULT_KEYMAP) {
    const [key] = keys;
    if (where === 'everywhere' || key === undefined) continue;
    for (const path of VIEWS.flatMap((view) => procedures(view, key))) if (!found.has(path)) found.set(path, key);
  }
  for (const { path } of menuItems(undefined, false)) if (!found.has(path)) found.set(path, 'menu');
  return found;
}

/** What opens or is called when the key is pressed on each row of each pane of a view. */
function procedures(view: string, key: string): string[] {
  return Array.from({ length: rowsMax * panesMax }, (_, at) => {
    const scene = UiScene.live();
    scene.press(view);
    if (view === '2') scene.answer(uiVersions());
    scene.press(...Array<string>(Math.floor(at / rowsMax)).fill('tab'), ...Array<string>(at % rowsMax).fill('j'));
    const before = scene.commands.length;
    scene.press(key);
    const dialog = scene.state.dialogs.at(-1);
    const opened = dialog !== undefined && 'path' in dialog ? [dialog.path] : [];
    const called = scene.commands
      .slice(before)
      .flatMap((it) =>
        it.type === 'call' && it.purpose.for !== 'versions' && it.purpose.for !== 'plan' ? [it.path] : [],
      );
    return [...opened, ...called];
  }).flat();
}
