import { version } from '../../package.json';

/** The application's version, as files that it writes name it. */
export const appVersion: string = version;
