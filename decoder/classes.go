package decoder

import (
	"bytes"
	"strings"
)

// classes are names and patterns of message classes (Symfony Messenger, Handler/HandlersLocator.php).
type classes []string

// Belonging says whether messages of a class are for this worker.
type Belonging uint8

// What Belonging may be.
const (
	Foreign Belonging = iota // they are another worker's
	Own                      // they are
	Unsure                   // nobody knows; what looks like a log record is taken for one
)

// accept reports whether a message of the class is accepted. It allocates nothing.
func (c classes) accept(class []byte) bool {
	for _, one := range c {
		namespace, isPattern := strings.CutSuffix(one, "*")
		if one == string(class) || isPattern && hasPrefix(class, namespace) {
			return true
		}
	}
	return false
}

func hasPrefix(class []byte, namespace string) bool {
	return len(class) >= len(namespace) && bytes.Equal(class[:len(namespace)], []byte(namespace))
}
