/** Globals that not every host has: pages outside secure contexts lack locks, workers lack a document, servers lack all. */
interface OptionalGlobals {
  readonly document?: Document;
  readonly location?: { readonly href: string };
  readonly navigator?: { readonly locks?: LockManager; readonly storage?: Partial<StorageManager> };
  readonly localStorage?: Storage;
}

export const globals: OptionalGlobals = globalThis;

export const locks = (): LockManager | undefined => globals.navigator?.locks;
