"""What a shop's server reports with matomopy; prints the answer to what it reports in bulk."""

import json
import sys

from matomopy import MatomoTracker

settings = json.loads(sys.argv[1])
CONTENT = ("Summer sale", "sale.png", "https://shop.example.org/sale")
ITEMS = [
    {"sku": "SKU1", "name": "Red shoe", "category": "Shoes", "price": 49.5, "quantity": 2},
    ["SKU2", "Lace", "", 1, 1],
]


def visitor(number, address):
    """A tracker for one visitor, whose visitor id the shop made."""
    tracker = MatomoTracker(
        settings["url"], settings["site"], settings["token"], user_agent=settings["agent"], accept_language="nl"
    )
    tracker.set_visitor_id(number).set_ip(address).set_resolution(1280, 800)
    return tracker.set_url("https://shop.example.org/shoes").set_custom_dimension(1, "gold")


def shop(tracker):
    """All that a visitor can do."""
    tracker.set_url_referrer("https://news.example.net/story")
    tracker.track_page_view("Red shoes & more")
    tracker.track_event("Video", "Play", "Näher hingesehen", 3.5)
    tracker.track_site_search("red shoes", "Shop", 0)
    tracker.track_action("https://maker.example.net/history")
    tracker.track_action("https://shop.example.org/catalogue.pdf", "download")
    tracker.track_content_impression(*CONTENT)
    tracker.track_content_interaction("click", *CONTENT)
    tracker.track_goal(settings["goal"], 12)
    tracker.track_ping()


anna = visitor("0123456789abcdef", "213.154.224.7")
bert = visitor("fedcba9876543210", "145.97.39.155").set_user_id("bert")
shop(anna)
shop(bert)
bert.track_ecommerce_cart_update(100, ITEMS)
anna.track_ecommerce_order(f"order-{settings['site']}", 110, sub_total=100, tax=8, shipping=5, discount=3, items=ITEMS)

history = visitor("0123456789abcdef", "213.154.224.7").set_custom_timestamp(settings["past"]).enable_bulk_tracking()
history.set_force_new_visit().track_page_view("Old shoes")
history.track_event("Video", "Play")

print(json.dumps(history.flush()))
