/** A text to be taken elsewhere. */

import { useRef, useState } from 'preact/hooks';

export function Code({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  const box = useRef<HTMLPreElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // The browser lets pages copy over https only: it is chosen, for the keys that copy.
      getSelection()?.selectAllChildren(box.current!);
    }
  };
  return (
    <div class="code">
      <pre ref={box} tabIndex={0}>{text}</pre>
      <button type="button" onClick={() => void copy()}>{isCopied ? 'Copied' : 'Copy'}</button>
    </div>
  );
}
