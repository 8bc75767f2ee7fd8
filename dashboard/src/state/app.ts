/** What all pages share: the server's word about itself, the address, time. */

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Server } from '../api/types';
import type { Address } from './address';
import type { Instants } from './ranges';

export interface App {
  server: Server;
  address: Address;
  /** Shows another address; `replace` leaves no step back. */
  go: (address: Address, how?: 'replace') => void;
  /** The suite that reports are of: the one that is chosen, else the first that is known. */
  suite: string;
  /** The zone in which times are shown. */
  zone: string;
  /** Server time, ms. */
  now: () => number;
  instants: Instants;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('there is no app around this');
  return app;
}
