package decoder

import (
	"errors"
	"fmt"

	"envelog/decoder/phpredis"
	"envelog/decoder/phpserialize"
)

// Serializer is the option "serializer" of Symfony's Redis transport: what phpredis wraps the values of fields in. The
// numbers are those of Redis::SERIALIZER_*.
type Serializer = phpredis.Serializer

// The serializers of phpredis. PHP is the default of Symfony's transport.
const (
	None     = phpredis.None
	PHP      = phpredis.PHP
	Igbinary = phpredis.Igbinary
	Msgpack  = phpredis.Msgpack
	JSON     = phpredis.JSON
)

// unwrap returns the string that phpredis stored.
func (d *Decoder) unwrap(stored []byte) ([]byte, error) {
	text, err := d.wrapped.Read(stored)
	if err == nil {
		return text, nil
	}
	if errors.Is(err, phpredis.ErrNotString) {
		at, _ := errors.AsType[*phpserialize.Error](err)
		err = &phpserialize.Error{Offset: at.Offset, Err: fmt.Errorf("%w: %w", at.Err, ErrNotEnvelope)}
	}
	return nil, fail(LayerField, err)
}
