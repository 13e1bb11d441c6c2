// Package phpredis reads and writes what the PHP extension redis (phpredis) stores: its serializers wrap each string that is
// the value of a field. Symfony's transport stores JSON texts with it.
package phpredis

import "fmt"

// Serializer is the option "serializer" of Symfony's Redis transport: what phpredis wraps the values of fields in. The
// numbers are those of Redis::SERIALIZER_*.
type Serializer uint8

// The serializers of phpredis. PHP is the default of Symfony's transport.
const (
	None     Serializer = 0
	PHP      Serializer = 1
	Igbinary Serializer = 2
	Msgpack  Serializer = 3
	JSON     Serializer = 4
)

// String returns the name in small letters, as phpredis' documentation has it.
func (s Serializer) String() string {
	switch s {
	case None:
		return "none"
	case PHP:
		return "php"
	case Igbinary:
		return "igbinary"
	case Msgpack:
		return "msgpack"
	case JSON:
		return "json"
	}
	return fmt.Sprintf("serializer %d", uint8(s))
}
