"""A Flask application with flask-matomo2: its visitors' requests are what gets reported."""

import json
import sys

from flask import Flask, abort
from flask_matomo2 import Matomo

settings = json.loads(sys.argv[1])
app = Flask(__name__)
matomo = Matomo(app, matomo_url=settings["url"], id_site=settings["site"], token_auth=settings["token"])


@app.get("/hello/<name>")
def hello(name):
    return name


@app.get("/prices")
@matomo.details(action_name="Our prices")
def prices():
    return "1"


@app.get("/health")
@matomo.ignore()
def health():
    return "up"


@app.get("/broken")
def broken():
    abort(503)


browser = app.test_client()
headers = {"User-Agent": settings["agent"], "Accept-Language": "nl-BE,nl;q=0.8", "Referer": "https://news.example.net/story"}
for path in ["/hello/anna?x=1", "/prices", "/health", "/broken", "/nowhere"]:
    browser.get(path, headers=headers, base_url="https://shop.example.org", environ_base={"REMOTE_ADDR": "213.154.224.7"})
print("null")
