"""The proxies: through which one each service is reached."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from bot.doctor.finding import Finding
from bot.settings import Settings


async def proxies(settings: Settings) -> AsyncIterator[Finding]:
    """Whether a service is reached directly; a proxy that can't be used is a wrong setting and ends the start."""
    services = {"Slack": settings.slack_api_url, "the jobs service": settings.informatica_login_url}
    ways = []
    for service, url in services.items():
        parts = urlsplit(url)
        proxy = settings.proxies.leading_to(parts.scheme, parts.hostname or "", parts.port)
        ways.append(f"{service} {f'through {proxy.url}' if proxy else 'directly'}")
    yield Finding("proxies", f"{' and '.join(ways)}, as HTTPS_PROXY and NO_PROXY say")
