/**
 * The stores that are open: the open archive's, and for changes that come late that of an archive that was left. What
 * began on a store ends on it: a store is closed only when nothing works on it any more.
 */
import { closeStore, type Store } from './store';

interface Held {
  readonly archiveId: string;
  readonly store: Promise<Store>;
  readonly work: Set<Promise<unknown>>;
}

export class Stores {
  readonly #opener: (archiveId: string) => Promise<Store>;
  #current: Held | null = null;
  /** Of an archive that is not open any more. */
  #left: Held | null = null;
  /** Settles when every store that was left is closed. */
  #closed: Promise<void> = Promise.resolve();

  /** @param opener locks and opens the store of an archive */
  constructor(opener: (archiveId: string) => Promise<Store>) {
    this.#opener = opener;
  }

  /** The archive whose store was entered last; null where none is open. */
  get currentId(): string | null {
    return this.#current?.archiveId ?? null;
  }

  /** Works on the store of the archive that is open, which is opened where it is not; every other store is closed. */
  inCurrent<T>(archiveId: string, work: (store: Store) => Promise<T> | T): Promise<T> {
    if (this.#current?.archiveId !== archiveId) {
      // The locks of what was open before are given back first: it may be this very archive.
      void this.close();
      this.#current = this.#hold(archiveId);
      const held = this.#current;
      held.store.catch(() => {
        if (this.#current === held) this.#current = null;
      });
    }
    return this.#on(this.#current, work);
  }

  /** Works on the store of an archive that may have been left meanwhile; what is open stays open. */
  inLeft<T>(archiveId: string, work: (store: Store) => Promise<T> | T): Promise<T> {
    if (this.#current?.archiveId === archiveId) return this.#on(this.#current, work);
    if (this.#left?.archiveId !== archiveId) {
      void this.closeLeft();
      this.#left = this.#hold(archiveId);
      const held = this.#left;
      held.store.catch(() => {
        if (this.#left === held) this.#left = null;
      });
    }
    return this.#on(this.#left, work);
  }

  /** Closes the store of the archive that was left, where one is open. */
  closeLeft(): Promise<void> {
    const held = this.#left;
    this.#left = null;
    return this.#close([held]);
  }

  /** Closes all; resolves once nothing that was open before is open any more. */
  close(): Promise<void> {
    const both = [this.#current, this.#left];
    this.#current = null;
    this.#left = null;
    return this.#close(both);
  }

  #hold(archiveId: string): Held {
    const store = this.#closed.catch(() => undefined).then(() => this.#opener(archiveId));
    return { archiveId, store, work: new Set() };
  }

  #on<T>(held: Held, work: (store: Store) => Promise<T> | T): Promise<T> {
    const done = held.store.then(work);
    held.work.add(done);
    const forget = (): void => void held.work.delete(done);
    done.then(forget, forget);
    return done;
  }

  #close(all: readonly (Held | null)[]): Promise<void> {
    this.#closed = this.#closed
      .catch(() => undefined)
      .then(async () => {
        for (const held of all) {
          const store = await held?.store.catch(() => null);
          if (!held || !store) continue;
          await Promise.allSettled(held.work);
          await closeStore(store);
        }
      });
    return this.#closed;
  }
}
