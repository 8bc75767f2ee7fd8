"""Someone who asks a server one question after another."""

import contextlib
import http.client
import os
import socket
import threading

# They would be on a machine of their own: here they stand back for the server and for its players.
NICENESS = 19


class Asking(threading.Thread):
    """Asks until it is told to stop; notes the status of each answer."""

    def __init__(self, server, questions, pause=0, is_bad=False):
        super().__init__()
        self.client, self.connection = server.client()
        self.questions, self.pause, self.is_bad = questions, pause, is_bad
        self.is_over = threading.Event()
        self.statuses = []
        self.failure = None

    def run(self):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self.is_over.is_set():
            for question in self.questions:
                if self.pause and self.is_over.wait(self.pause):
                    return
                try:
                    status = self.client(question)
                except (OSError, http.client.HTTPException) as error:
                    if not self.is_over.is_set():
                        self.failure = error
                    return
                self.statuses.append(status)
                # Some of what is bad is answered after all, where the data are few.
                if status >= 500 or (status >= 400 and not self.is_bad):
                    self.failure = f"{question} is answered with {status}"
                    return

    def stop(self):
        """Does not wait for the answer that is under way: the server gives it up."""
        self.is_over.set()
        with contextlib.suppress(OSError, AttributeError):
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.join()
        if self.failure:
            raise SystemExit(str(self.failure))
