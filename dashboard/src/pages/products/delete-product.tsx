import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetProductAnswers, useAction } from '../../api/use-query.js';
import { useMessages } from '../../i18n/messages.js';
import { navigate } from '../../router.js';
import { Button } from '../../ui/button.js';
import { ErrorState } from '../../ui/states.js';
import { productMessages } from './product-messages.js';

/** Deletes a product, after a second thought. */
export function DeleteProduct({ id }: { id: string }) {
  const t = useMessages(productMessages);
  const may = useMay('writer');
  const [asked, setAsked] = useState(false);
  const remove = useAction(async () => {
    await ask('DELETE /product', { query: { md5_id: id } });
    forgetProductAnswers();
    navigate('/products', { replace: true });
  });
  if (remove.error) return <ErrorState error={remove.error} onRetry={() => void remove.run(undefined)} />;
  if (!asked)
    return (
      <Button icon="trash" disabled={!may} {...(!may && { title: t.needsWriter })} onClick={() => setAsked(true)}>
        {t.delete}
      </Button>
    );
  return (
    <>
      <Button kind="danger" disabled={remove.busy} onClick={() => void remove.run(undefined)}>
        {t.deleteSure}
      </Button>
      <Button onClick={() => setAsked(false)}>{t.keep}</Button>
    </>
  );
}
