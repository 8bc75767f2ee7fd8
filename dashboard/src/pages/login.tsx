import { useState } from 'preact/hooks';
import { ApiError, post } from '../api/client';
import { Mark } from '../ui/frame';

/** Asks for the token of the console, once. */
export function Login({ done }: { done: () => void }) {
  const [message, setMessage] = useState('');
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget as HTMLFormElement).get('token')).trim();
    try {
      await post('/v1/login', { token });
      done();
    } catch (error) {
      const isWrong = error instanceof ApiError && error.status === 401;
      setMessage(isWrong ? 'This is not the token.' : String((error as Error).message));
    }
  };
  return (
    <main class="alone">
      <form class="card login" onSubmit={(event) => void enter(event)}>
        <h1><Mark /> playhead</h1>
        <label>
          Token of the console
          <input type="password" name="token" required autoFocus autoComplete="current-password" />
        </label>
        {message && <p class="bad" role="alert">{message}</p>}
        <button type="submit" class="primary">Log in</button>
        <p class="quiet">It stands in the file that <code>console.token_file</code> names.</p>
      </form>
    </main>
  );
}
