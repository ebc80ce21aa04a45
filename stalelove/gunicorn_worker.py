"""gunicorn's threaded worker, which on its way out leaves nobody waiting at a closed door."""

from __future__ import annotations

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Takes in everybody who has come, then closes the door at once, and only then finishes its work.

    gunicorn's own keeps the door open, with nobody behind it, until the last request is answered; who
    comes meanwhile is thrown out at the end, and nginx may not send a form to the other node which
    this one has already been given. A closed door sends nginx there by itself.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if self.alive or enabled:
            return
        for listener in self.sockets:
            waiting = True
            while waiting:
                before = self.nr_conns
                self.accept(listener)
                waiting = self.nr_conns > before
            listener.close()
