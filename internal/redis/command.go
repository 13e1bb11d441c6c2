package redis

import (
	"fmt"
	"strconv"
)

// AppendCommand spells a command in RESP2.
func AppendCommand(dst []byte, args ...string) []byte {
	dst = AppendCount(dst, len(args))
	for _, arg := range args {
		dst = AppendString(dst, arg)
	}
	return dst
}

// AppendCount begins a command of n arguments.
func AppendCount(dst []byte, n int) []byte {
	dst = append(dst, '*')
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, "\r\n"...)
}

// AppendString adds one argument to a command.
func AppendString[S string | []byte](dst []byte, arg S) []byte {
	dst = append(dst, '$')
	dst = strconv.AppendInt(dst, int64(len(arg)), 10)
	dst = append(dst, "\r\n"...)
	dst = append(dst, arg...)
	return append(dst, "\r\n"...)
}

// appendArg adds one argument of [Conn.Do].
func appendArg(dst []byte, arg any) []byte {
	switch v := arg.(type) {
	case string:
		return AppendString(dst, v)
	case []byte:
		return AppendString(dst, v)
	case int:
		return AppendString(dst, strconv.Itoa(v))
	case int64:
		return AppendString(dst, strconv.FormatInt(v, 10))
	}
	return AppendString(dst, fmt.Sprint(arg))
}
