/** The request behind what is shown, to be asked again elsewhere. */

import { useRef, useState } from 'preact/hooks';
import { curl, curlStream } from '../api/curl';
import { REPORTS } from '../api/client';
import type { ReportRequest } from '../api/report';
import { reportSql, searchSql } from '../sql/report-sql';
import { useApp } from '../state/app';
import { useReports } from '../state/reports';
import type { SearchRequest } from '../state/search';
import { Code } from './code';

interface RequestProps {
  request: ReportRequest;
  /** As the console understood it. */
  understood?: ReportRequest | undefined;
  /** Of what it is compared with. */
  compared?: ReportRequest | undefined;
  title: string;
}

export function ShowRequest({ request, understood, compared, title }: RequestProps) {
  const { server } = useApp();
  const { catalog } = useReports();
  const parts = (): Part[] => {
    const asked = understood ?? request;
    const statement = (title: string, request: ReportRequest): Part => {
      const { sql, notes } = reportSql(catalog, request);
      return { title: sql ? title : 'No SQL', text: sql, notes };
    };
    return [
      { title: 'POST /v1/reports', text: JSON.stringify(asked, null, 2) },
      { title: 'With curl', text: curl(location.origin, REPORTS, asked, server.asksForToken) },
      ...(understood ? [statement('SQL, for POST /v1/sql or playhead query', understood)] : []),
      ...(understood && compared ? [statement('SQL of what it is compared with', compared)] : []),
    ];
  };
  return <Shown title={title} parts={parts} />;
}

/** The same for a search of sessions. */
export function ShowSearch({ path, request, understood, title }: { path: string; request: SearchRequest; understood: SearchRequest | undefined; title: string }) {
  const { server } = useApp();
  const { catalog } = useReports();
  const parts = (): Part[] => {
    const asked = understood ?? request;
    const { sql, notes } = searchSql(catalog, asked);
    return [
      { title: `POST ${path}`, text: JSON.stringify(asked, null, 2) },
      { title: 'With curl', text: curl(location.origin, path, asked, server.asksForToken) },
      ...(understood ? [{ title: sql ? 'SQL, for POST /v1/sql or playhead query' : 'No SQL', text: sql, notes }] : []),
    ];
  };
  return <Shown title={title} parts={parts} />;
}

/** The same for a stream. */
export function ShowStream({ path, title }: { path: string; title: string }) {
  const { server } = useApp();
  const parts = (): Part[] => [
    { title: 'GET, as server-sent events', text: path },
    { title: 'With curl', text: curlStream(location.origin, path, server.asksForToken) },
    { title: 'No SQL', notes: ['Tables know sessions, not who was heard of in which second. The view watching counts the open sessions by content.'] },
  ];
  return <Shown title={title} parts={parts} />;
}

interface Part {
  title: string;
  text?: string | undefined;
  notes?: string[];
}

function Shown({ title, parts }: { title: string; parts: () => Part[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = () => {
    setOpen(true);
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" class="small" onClick={open} title="The request of the API that gives this, and SQL" aria-label={`Request, SQL of ${title}`}>Request, SQL</button>
      <dialog ref={dialog} class="request" aria-label={`Request of ${title}`} onClose={() => setOpen(false)}>
        {isOpen && (
          <>
            <h2>The request behind “{title}”</h2>
            {parts().map((part) => <Shows key={part.title} {...part} />)}
            <form method="dialog"><button type="submit">Close</button></form>
          </>
        )}
      </dialog>
    </>
  );
}

function Shows({ title, text, notes = [] }: Part) {
  return (
    <section>
      <h3>{title}</h3>
      {text && <Code text={text} />}
      {notes.map((note) => <p key={note} class="quiet">{note}</p>)}
    </section>
  );
}
