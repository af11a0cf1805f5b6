/** The other end of a {@link HostedProcess}: how a worker hears and answers, whoever started it. No Electron. */
export interface WorkerPort {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

interface UtilityPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** @throws Error where this process was started by neither host. */
export function workerPort(): WorkerPort {
  // Electron's utility processes have `process.parentPort`; its types are Electron's, which workers do not know.
  const utility = (process as unknown as { parentPort?: UtilityPort | null }).parentPort;
  if (utility)
    return {
      send: (message) => utility.postMessage(message),
      onMessage: (listener) => utility.on('message', (event) => listener(event.data)),
    };
  const send = process.send?.bind(process);
  if (!send) throw new Error('This program is started by AMLP Studio, not by hand.');
  process.once('disconnect', () => process.exit(0));
  return {
    send: (message) => void send(message),
    onMessage: (listener) => void process.on('message', listener),
  };
}
