import { t } from '../i18n/message.svelte';
import { toolSettings } from '../state/tool-settings.svelte';

/** Says whether the audit trail is whole, and what is wrong with it first. */
export async function verifyAudit(): Promise<void> {
  const { events, faults } = await window.studio.annotation.verifyAudit();
  toolSettings.say(
    faults.length === 0
      ? t('audit.whole', { n: events })
      : t('audit.faults', { n: faults.length, first: faults[0] }),
  );
}

/** Writes the audit trail into a file that the person chooses. */
export async function exportAudit(): Promise<void> {
  const written = await window.studio.annotation.exportAudit();
  if (written) toolSettings.say(t('audit.written', { n: written.events, file: written.file }));
}
