"""gunicorn's plain worker, which on its way out leaves nobody waiting at a closed door."""

from __future__ import annotations

import socket
from types import FrameType
from typing import Any

from gunicorn.workers.sync import SyncWorker


class Worker(SyncWorker):
    """Told to end, takes in everybody who has come, closes the door at once, and only then finishes.

    gunicorn's own leaves the door open, with nobody behind it, until the request that it is at is
    answered; who comes meanwhile is thrown out at the end, and nginx may not send a form to the other
    node which this one has already been given. A closed door sends nginx there by itself.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._came_last: list[tuple[socket.socket, Any]] = []

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._close_the_door()

    def run(self) -> None:
        try:
            super().run()
        except Exception:  # it was about to ask at the door that has just been closed
            if self.alive:
                raise
        self._close_the_door()
        for client, address in self._came_last:
            self.notify()
            self.handle(client, client, address)

    def handle(self, listener: Any, client: socket.socket, address: Any) -> None:
        # All that is asked of the listener is its address, and it may be closed by now.
        super().handle(client, client, address)

    def _close_the_door(self) -> None:
        doors, self.sockets = self.sockets, []
        for listener in doors:
            while True:
                try:
                    client, address = listener.accept()
                except ConnectionAbortedError:  # somebody has left again
                    continue
                except OSError:  # nobody else has come
                    break
                client.setblocking(True)
                self._came_last.append((client, address))
            listener.close()
