// Package metrics counts what a worker does, for Prometheus and OpenTelemetry.
//
// # Model
//
//	consumer, sink  ->  Worker, Transport (counters and histograms, fed as things happen)
//	redis.Stats     ->  Transport         (counters that the receiver keeps anyway, read when somebody asks)
//	transport.Counts -> Queue             (gauges that cost a round trip, asked at most every [QueueEvery])
//	                        |
//	                    Gatherer  ->  /metrics, OTLP
//
// # Rules
//
//   - Every series of a transport exists with the value 0 as soon as the worker knows the transport, so that an alert on an
//     increase sees the first failure.
//   - Labels are bounded. A transport has at most [MaxChannels] channels; lines of further ones count for
//     [OverflowChannel]. A reason is one of a fixed list.
//   - The gauges of a queue are about the transport, not about the worker: every worker of the group exports the same
//     ones. Aggregate them with max by (transport), never with sum.
//   - While Redis does not answer, the gauges of a queue keep their last value, and envelog_redis_up is 0.
//   - Metrics never block the worker: it adds to counters in memory. Only a scrape waits, at most for [QueueTimeout].
package metrics
