import { useMay } from '../../api/use-me.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { Link } from '../../router.js';
import { Page } from '../../ui/page.js';
import { Activity } from './activity.js';
import { KeyList } from './key-list.js';
import { keysMessages } from './keys-messages.js';
import { OwnUse } from './own-use.js';

/** The use of the reader's key; for administrators all keys, and what was done with them. */
export default function KeysPage(_: PageProps) {
  const { t } = useTexts(keysMessages);
  const isAdmin = useMay('admin');
  return (
    <Page title={t.title} intro={t.intro} actions={isAdmin && <Link to="/retention">{t.retention}</Link>}>
      <OwnUse />
      {isAdmin && <KeyList />}
      {isAdmin && <Activity />}
    </Page>
  );
}
