/**
 * What can lie over the views: questions, forms, menus, texts. Data alone; the last of the stack has the keys.
 *
 * Not here: what keys do to them and how they look (the other files of this folder).
 */
import type { PlanView, SetState } from '../../common/contract/views.ts';
import type { Role } from '../term/roles.ts';

export interface Line {
  readonly text: string;
  readonly role: Role;
}

/** What a dialog or an action is about. */
export type Subject =
  | { readonly kind: 'set'; readonly name: string }
  | { readonly kind: 'gpu'; readonly uuid: string }
  | { readonly kind: 'port'; readonly hostPort: number }
  | { readonly kind: 'operation'; readonly id: string }
  | { readonly kind: 'version'; readonly name: string; readonly version: number }
  | { readonly kind: 'volume'; readonly name: string }
  /** What a set has mounted that is no volume of ours. */
  | { readonly kind: 'mount'; readonly source: string };

export type RawInput = Readonly<Record<string, unknown>>;

interface Common {
  /** Unlike any other of this run, so that an answer finds the dialog that asked. */
  readonly id: number;
}

export interface HelpDialog extends Common {
  readonly kind: 'help';
  readonly top: number;
}

/** Everything about one thing, as it is now. */
export interface DetailsDialog extends Common {
  readonly kind: 'details';
  readonly subject: Subject;
  readonly top: number;
}

/** What differs between two versions of a set. */
export interface DiffDialog extends Common {
  readonly kind: 'diff';
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

/** A text that does not change: an answer, a failure. */
export interface TextDialog extends Common {
  readonly kind: 'text';
  readonly title: string;
  readonly lines: readonly Line[];
  readonly top: number;
}

/** Asks before a procedure is called, with its plan. */
export interface ConfirmDialog extends Common {
  readonly kind: 'confirm';
  readonly path: string;
  readonly input: RawInput;
  /** Undefined while it is asked for. */
  readonly plan: PlanView | undefined;
  /** The set as the question found it; another one makes it void. */
  readonly expects: { readonly name: string; readonly state: SetState; readonly version: number } | undefined;
  /** The name that has to be typed; undefined: `y` does. */
  readonly nameToType: string | undefined;
  readonly typed: string;
  /** The form below it that waits for the outcome. */
  readonly formId: number | undefined;
}

export interface FormDialog extends Common {
  readonly kind: 'form';
  readonly title: string;
  readonly path: string;
  /** What is settled and not asked for. */
  readonly preset: RawInput;
  /** Paths of the fields asked for, in order. */
  readonly fields: readonly string[];
  /** As typed; lists are separated by commas or spaces, see formInput.ts. */
  readonly values: Readonly<Record<string, string>>;
  readonly at: number;
  /** Place of the cursor in the current field, in characters. */
  readonly cursor: number;
  readonly errors: Readonly<Record<string, string>>;
  /** What belongs to no field. */
  readonly error: string | undefined;
  readonly isBusy: boolean;
}

export interface MenuItem {
  readonly label: string;
  readonly hint: string;
  readonly path: string;
}

/** Every procedure that fits what is selected. */
export interface MenuDialog extends Common {
  readonly kind: 'menu';
  readonly title: string;
  readonly subject: Subject | undefined;
  readonly items: readonly MenuItem[];
  readonly at: number;
  readonly filter: string;
}

export type Dialog = HelpDialog | DetailsDialog | DiffDialog | TextDialog | ConfirmDialog | FormDialog | MenuDialog;
