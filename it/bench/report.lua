-- One line a run: rate, latency in milliseconds, errors.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    "rate=%.0f/s p50=%.2fms p99=%.2fms max=%.1fms requests=%d errors=%d\n",
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    summary.requests, e.connect + e.read + e.write + e.status + e.timeout))
end
