/** The request behind what is shown, to be asked again elsewhere. */

import { useRef, useState } from 'preact/hooks';
import { curl, curlStream } from '../api/curl';
import type { ReportRequest } from '../api/report';
import { useApp } from '../state/app';

export function ShowRequest({ request, title }: { request: ReportRequest; title: string }) {
  const { server } = useApp();
  const parts = () => [
    { title: 'POST /v1/reports', text: JSON.stringify(request, null, 2) },
    { title: 'With curl', text: curl(location.origin, request, server.asksForToken) },
  ];
  return <Shown title={title} parts={parts} />;
}

/** The same for a stream. */
export function ShowStream({ path, title }: { path: string; title: string }) {
  const { server } = useApp();
  const parts = () => [
    { title: 'GET, as server-sent events', text: path },
    { title: 'With curl', text: curlStream(location.origin, path, server.asksForToken) },
  ];
  return <Shown title={title} parts={parts} />;
}

function Shown({ title, parts }: { title: string; parts: () => { title: string; text: string }[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = () => {
    setOpen(true);
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" class="small" onClick={open} title="The request of the API that gives this" aria-label={`Show the request of ${title}`}>Request</button>
      <dialog ref={dialog} class="request" aria-label={`Request of ${title}`} onClose={() => setOpen(false)}>
        {isOpen && (
          <>
            <h2>The request behind “{title}”</h2>
            {parts().map((part) => <Code key={part.title} {...part} />)}
            <form method="dialog"><button type="submit">Close</button></form>
          </>
        )}
      </dialog>
    </>
  );
}

function Code({ title, text }: { title: string; text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // The browser does not let us: it can still be selected.
    }
  };
  return (
    <section>
      <h3>{title}</h3>
      <div class="code">
        <pre tabIndex={0}>{text}</pre>
        <button type="button" onClick={() => void copy()}>{isCopied ? 'Copied' : 'Copy'}</button>
      </div>
    </section>
  );
}
