export type DialogName = 'export' | 'import' | 'shortcuts' | 'palette' | 'leftOut' | 'models' | 'compare';

/** Which dialog is open; never more than one. */
class DialogStore {
  open = $state<DialogName | null>(null);

  show(name: DialogName): void {
    this.open = name;
  }

  close(): void {
    this.open = null;
  }
}

export const dialogs = new DialogStore();
