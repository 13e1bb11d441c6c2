package decoder

import (
	"fmt"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
	"envelog/record"
)

// level reads a level: Monolog's or PSR-3's name in any case, Monolog's number, or an enum whose case has such a name,
// as Monolog\Level has.
func level(v phpvalue.Value) (record.Level, error) {
	var l record.Level
	ok := false
	switch v.Kind() {
	case phpvalue.String:
		if l, ok = record.LevelFromName(v.Text()); !ok {
			l, ok = levelFromDigits(v.Text())
		}
	case phpvalue.Int:
		l, ok = record.LevelFromNumber(v.Int())
	case phpvalue.Enum:
		_, name := v.Enum()
		l, ok = record.LevelFromName(name)
	}
	if !ok {
		return 0, fmt.Errorf("%w: %s that is no level of Monolog", ErrUnmappable, kindName(v))
	}
	return l, nil
}

func levelFromDigits(text []byte) (record.Level, bool) {
	n, ok := phpserialize.ParseInt(text)
	if !ok {
		return 0, false
	}
	return record.LevelFromNumber(n)
}
