package cli

import (
	"errors"
	"fmt"
)

// usageError is an error about the command line, in whole sentences: Symfony's own where Symfony has one.
type usageError string

func complain(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

func (c usageError) Error() string { return string(c) }

// errTold is the error of a command that has said already what went wrong.
var errTold = errors.New("see above")
