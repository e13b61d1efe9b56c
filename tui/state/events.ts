/** Everything that can happen to the UI. The reducer knows nothing else of the world. */
import type { Failure } from '../../common/clientFailure.ts';
import type { BerthEvent } from '../../common/contract/event.ts';
import type { ActionName } from '../keys/keymap.ts';
import type { Purpose } from './commands.ts';
import type { LogNews } from './logState.ts';
import type { PaneName, ViewName } from './names.ts';
import type { SessionStatus } from './sessions.ts';

/** What a click on some part of the screen means. */
export type Target =
  | { readonly type: 'view'; readonly view: ViewName }
  | { readonly type: 'row'; readonly pane: PaneName; readonly id: string }
  | { readonly type: 'pane'; readonly pane: PaneName }
  | { readonly type: 'action'; readonly action: ActionName }
  | { readonly type: 'terminal'; readonly id: number }
  | { readonly type: 'dialogKey'; readonly key: string };

export type Event =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'click'; readonly target: Target }
  | { readonly type: 'wheel'; readonly lines: number; readonly target: Target | undefined }
  | { readonly type: 'resize'; readonly width: number; readonly height: number }
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'daemon'; readonly event: BerthEvent }
  /** The connection broke, or does not come back yet. Empty: no reason is known. */
  | { readonly type: 'lost'; readonly reason: string }
  | { readonly type: 'terminal'; readonly id: number; readonly status: SessionStatus }
  | { readonly type: 'logs'; readonly id: number; readonly news: LogNews }
  /** The clipboard has what was asked for. */
  | { readonly type: 'copied'; readonly text: string }
  | {
      readonly type: 'answer';
      readonly purpose: Purpose;
      readonly result:
        | { readonly ok: true; readonly output: unknown }
        | { readonly ok: false; readonly failure: Failure };
    };
