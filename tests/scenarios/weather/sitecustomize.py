"""Bad weather for one process, from outside: Python reads this file at its start where PYTHONPATH names its folder.

SIGUSR1 sets the clock on the wall forward by an hour, SIGUSR2 back by one; what only goes forward stays as it is. While
the file exists that WEATHER_NO_NAMES names, no host is found by its name. Both are said on standard error.
"""

import ipaddress
import os
import signal
import socket
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

_HOUR = timedelta(hours=1)
_SIGN = os.environ.get("WEATHER_NO_NAMES", "")
_found = socket.getaddrinfo


def _set_the_clock(number: int, _frame: object) -> None:
    by = _HOUR if number == signal.SIGUSR1 else -_HOUR
    time_machine.travel(datetime.now(UTC) + by, tick=True).start()
    print("weather: the clock shows", datetime.now(UTC), file=sys.stderr, flush=True)  # noqa: T201


def _look_up(host: Any, port: Any, *args: Any, **more: Any) -> Any:
    host = host.decode() if isinstance(host, bytes) else host
    if _SIGN and os.path.exists(_SIGN) and not _is_address(host):
        print(f"weather: nobody finds {host}:{port}", file=sys.stderr, flush=True)  # noqa: T201
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return _found(host, port, *args, **more)


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


signal.signal(signal.SIGUSR1, _set_the_clock)
signal.signal(signal.SIGUSR2, _set_the_clock)
socket.getaddrinfo = _look_up
