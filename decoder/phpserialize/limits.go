package phpserialize

import (
	"errors"
	"fmt"
)

// Limits bound what one value may cost. Zero fields mean the defaults.
type Limits struct {
	MaxBytes    int // of the stored bytes; default 16 MiB, from 1 KiB to 1 GiB
	MaxDepth    int // of arrays and objects in each other; default 4096, PHP's unserialize_max_depth; from 8 to 65536
	MaxElements int // of values, each of which takes 32 bytes of memory; default 262144, from 16 to 16777216
}

// The range and default of each limit.
const (
	leastBytes, defaultBytes, mostBytes          = 1 << 10, 16 << 20, 1 << 30
	leastDepth, defaultDepth, mostDepth          = 8, 4096, 65536
	leastElements, defaultElements, mostElements = 16, 1 << 18, 1 << 24
)

// Complete returns l with the default for each field that is zero, or an error that names all fields out of range.
func (l Limits) Complete() (Limits, error) {
	err := errors.Join(
		complete("MaxBytes", &l.MaxBytes, leastBytes, defaultBytes, mostBytes),
		complete("MaxDepth", &l.MaxDepth, leastDepth, defaultDepth, mostDepth),
		complete("MaxElements", &l.MaxElements, leastElements, defaultElements, mostElements),
	)
	return l, err
}

func complete(name string, value *int, least, standard, most int) error {
	if *value == 0 {
		*value = standard
	}
	if *value < least || *value > most {
		return fmt.Errorf("limit %s is %d, not within %d and %d", name, *value, least, most)
	}
	return nil
}
