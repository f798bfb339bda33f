"""An ASGI application behind asgi-matomo: its visitors' requests are what gets reported."""

import asyncio
import json
import sys

import httpx2
from asgi_matomo import MatomoMiddleware
from asgi_matomo.trackers import PerfMsTracker

settings = json.loads(sys.argv[1])


async def application(scope, receive, send):
    """Answers 404 for one path, and reports a custom dimension and a time for the others."""
    status = 404 if scope["path"] == "/gone" else 200
    with PerfMsTracker(scope=scope, key="pf_srv"):
        scope["state"]["asgi_matomo"]["custom_tracking_data"] = {"dimension1": "gold", "cvar": {"anything": "else"}}
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def visit(token, address, language):
    """A visitor's three requests."""
    app = MatomoMiddleware(
        application,
        matomo_url=settings["url"],
        idsite=settings["site"],
        access_token=token,
        exclude_paths=["/health"],
        route_details={"/items/2": {"action_name": "The second item"}},
    )
    transport = httpx2.ASGITransport(app=app, client=(address, 40000))
    headers = {"User-Agent": settings["agent"], "Referer": "https://news.example.net/story", "accept_lang": language}
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.example.org:443", headers=headers) as browser:
        for path in ["/items?q=shoes", "/items/2", "/gone", "/health"]:
            await browser.get(path)
    await app.shutdown()


asyncio.run(visit(settings["token"], "213.154.224.7", "nl"))
asyncio.run(visit(None, "145.97.39.155", "de"))
print("null")
