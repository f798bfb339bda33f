-- The request that matomo.js sends for a page view, from many networks and for many pages.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
wrk.headers["Accept-Language"] = "nl-NL,nl;q=0.9,en;q=0.8"
wrk.headers["Sec-Fetch-Mode"] = "no-cors"
local agents = {
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
}
local query = "&rec=1&r=038322&h=23&m=55&s=31&url=https%3A%2F%2Fexample.org%2Fpage%2F"
local rest = "&urlref=https%3A%2F%2Fnews.example.net%2Fstory&_id=&send_image=0&pv_id=T6XGAd&pf_net=0&pf_srv=5&pf_tfr=5"
  .. "&pf_dm1=72&uadata=%7B%7D&pdf=1&qt=0&realp=0&wma=0&fla=0&java=0&ag=0&cookie=1&res=1280x800&action_name=Page%20"
request = function()
  local page = math.random(1, 500)
  wrk.headers["User-Agent"] = agents[math.random(1, #agents)]
  wrk.headers["X-Forwarded-For"] = "145." .. math.random(0, 255) .. "." .. math.random(0, 255) .. ".7"
  return wrk.format(nil, "/matomo.php?idsite=1" .. query .. page .. rest .. page)
end
