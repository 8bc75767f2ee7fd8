import { useState } from 'preact/hooks';
import { ApiError, post } from '../api/client';
import { fileName, saveBlob } from './csv';
import type { Grid } from './grid';
import { tableQuery } from './parquet';

/** Saves what the table shows as Parquet; there is none before there is data. */
export function ParquetButton({ title, grid }: { title: string; grid: (() => Grid) | undefined }) {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const ask = async () => {
    const shown = grid?.();
    if (!shown?.rows.length) return setFailure('There is no row to save.');
    setBusy(true);
    setFailure('');
    try {
      const answer = await post('/v1/sql', { sql: tableQuery(shown), format: 'parquet' });
      saveBlob(fileName(title, 'parquet'), await answer.blob());
    } catch (error) {
      setFailure(error instanceof ApiError ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <>
      {failure && <span class="bad" role="alert">{failure}</span>}
      <button type="button" class="small" disabled={isBusy || !grid} aria-label={`${title} as Parquet`} title="What the table shows, as a file" onClick={() => void ask()}>Parquet</button>
    </>
  );
}
