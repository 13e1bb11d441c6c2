// Package redis receives the messages of Symfony Messenger's Redis transport (symfony/redis-messenger 5.4 to 8.1): the
// stream S, read by the consumer group G, and the sorted set S__queue of messages that are delayed.
package redis
