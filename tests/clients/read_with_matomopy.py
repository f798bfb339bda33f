"""Reads reports with matomopy: a single one, one with a table below it, several in one call, and one that is refused."""

import json
import sys

from matomopy import MatomoClient, MatomoHTTPError

settings = json.loads(sys.argv[1])
one_day = {"period": "day", "date": settings["today"]}
client = MatomoClient(settings["url"], settings["token"], default_id_site=settings["site"])

summary = client.VisitsSummary.get(**one_day)
content = client.call("Contents.getContentNames", expanded=True, **one_day)
queries = [{"method": "Actions.get", "idSite": settings["site"], **one_day}, {"method": "API.getMatomoVersion"}]
actions, version = client.bulk_request(queries)
pages = client.Actions.getPageUrls(format="csv", flat=True, showColumns="nb_hits", **one_day)
by_header = MatomoClient(settings["url"], settings["token"], default_id_site=settings["site"], auth_method="bearer")
goals = by_header.Goals.get(**one_day)
try:
    client.Live.getLastVisitsDetails(**one_day)
    refused = ""
except MatomoHTTPError as error:
    refused = json.loads(error.response_text)["message"]

print(
    json.dumps(
        {
            "visits": summary["nb_visits"],
            "piece": content[0]["subtable"][0]["label"],
            "page views": actions["nb_pageviews"],
            "version": version["value"],
            "pages": pages,
            "conversions": goals["nb_conversions"],
            "refused": refused,
        }
    )
)
