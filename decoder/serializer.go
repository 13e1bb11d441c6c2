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
	return nil, fail(LayerField, d.explainSerializer(err, stored))
}

// explainSerializer adds to the error about a stored string which serializer reads it, where that is another one than the
// option says: then the application's phpredis has another option, and each message fails.
func (d *Decoder) explainSerializer(err error, stored []byte) error {
	looks := wrappedBy(stored)
	inner, ok := errors.AsType[*phpserialize.Error](err)
	if !ok || looks == None || looks == d.wrapped.Serializer {
		return err
	}
	if _, otherErr := (&phpredis.Reader{Serializer: looks}).Read(stored); otherErr != nil {
		return err
	}
	return &phpserialize.Error{Offset: inner.Offset, Path: inner.Path, Err: fmt.Errorf("%w (the string is not of phpredis' serializer %s, but of %s: set the option serializer=%d of the DSN, as the application has it)",
		inner.Err, d.wrapped.Serializer, looks, looks)}
}
