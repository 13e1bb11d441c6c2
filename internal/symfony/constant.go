package symfony

import (
	"math"
	"strings"
)

// phpConstants are those of PHP and its extensions that configuration names, as on Linux with 64 bits.
func phpConstants() map[string]any {
	return map[string]any{
		"PHP_INT_MAX": int64(math.MaxInt64), "PHP_INT_MIN": int64(math.MinInt64), "PHP_INT_SIZE": int64(8),
		"PHP_FLOAT_MAX": math.MaxFloat64, "PHP_FLOAT_EPSILON": 0x1p-52, "PHP_EOL": "\n", "PHP_OS_FAMILY": "Linux",
		"DIRECTORY_SEPARATOR": "/", "PATH_SEPARATOR": ":", "INF": math.Inf(1), "NAN": math.NaN(),

		"E_ERROR": int64(1), "E_WARNING": int64(2), "E_PARSE": int64(4), "E_NOTICE": int64(8), "E_DEPRECATED": int64(8192),
		"E_USER_ERROR": int64(256), "E_USER_WARNING": int64(512), "E_USER_NOTICE": int64(1024), "E_USER_DEPRECATED": int64(16384),
		"LOG_EMERG": int64(0), "LOG_ALERT": int64(1), "LOG_CRIT": int64(2), "LOG_ERR": int64(3), "LOG_WARNING": int64(4),
		"LOG_NOTICE": int64(5), "LOG_INFO": int64(6), "LOG_DEBUG": int64(7),
		"SIGHUP": int64(1), "SIGINT": int64(2), "SIGQUIT": int64(3), "SIGUSR1": int64(10), "SIGUSR2": int64(12), "SIGTERM": int64(15),

		"Redis::SERIALIZER_NONE": int64(0), "Redis::SERIALIZER_PHP": int64(1), "Redis::SERIALIZER_IGBINARY": int64(2),
		"Redis::SERIALIZER_MSGPACK": int64(3), "Redis::SERIALIZER_JSON": int64(4),

		"STREAM_CRYPTO_METHOD_ANY_CLIENT": int64(127), "STREAM_CRYPTO_METHOD_TLS_CLIENT": int64(121),
		"STREAM_CRYPTO_METHOD_TLSv1_0_CLIENT": int64(9), "STREAM_CRYPTO_METHOD_TLSv1_1_CLIENT": int64(17),
		"STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT": int64(33), "STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT": int64(65),

		"PDO::MYSQL_ATTR_SSL_KEY": int64(1007), "PDO::MYSQL_ATTR_SSL_CERT": int64(1008), "PDO::MYSQL_ATTR_SSL_CA": int64(1009),
		"PDO::MYSQL_ATTR_SSL_CAPATH": int64(1010), "PDO::MYSQL_ATTR_SSL_CIPHER": int64(1011),
		"PDO::MYSQL_ATTR_INIT_COMMAND": int64(1002), "PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT": int64(1014),
	}
}

// phpConstant returns one of them, by its name or Class::NAME, with a backslash in front or without.
func phpConstant(name string) (data any, known bool) {
	data, known = phpConstants()[strings.TrimPrefix(name, `\`)]
	return data, known
}
