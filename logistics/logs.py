"""What the service says on the terminal."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs() -> None:
    """Short lines for people on the terminal, from ourselves and, where it matters, from the libraries."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s", datefmt="%H:%M:%S")
    # "Task queue depth": that a request waits for a thread is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
