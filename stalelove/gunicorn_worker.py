"""gunicorn's plain worker, which on its way out leaves nobody waiting at a closed door."""

from __future__ import annotations

import contextlib
import socket
from types import FrameType

from gunicorn.workers.sync import SyncWorker


class Worker(SyncWorker):
    """Told to end, takes in everybody who has come, closes the door at once, and only then finishes.

    gunicorn's own leaves the door open, with nobody behind it, until the request that it is at is
    answered; who comes meanwhile is thrown out at the end, and nginx may not send a form to the other
    node which this one has already been given. A closed door sends nginx there by itself.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self._came_last: list[tuple[_Closed, socket.socket, object]] = []

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
        for listener, client, address in self._came_last:
            self.notify()
            self.handle(listener, client, address)

    def _close_the_door(self) -> None:
        doors, self.sockets = self.sockets, []
        for listener in doors:
            own = _Closed(listener.getsockname())
            with contextlib.suppress(BlockingIOError):
                while True:
                    client, address = listener.accept()
                    client.setblocking(True)
                    self._came_last.append((own, client, address))
            listener.close()


class _Closed:
    """The door as far as a request asks for it."""

    def __init__(self, name: object) -> None:
        self._name = name

    def getsockname(self) -> object:
        return self._name
