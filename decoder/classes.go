package decoder

import (
	"bytes"
	"strings"
)

// classes are names and patterns of message classes (Symfony Messenger, Handler/HandlersLocator.php).
type classes []string

// accept tells whether a message of the class is accepted. It allocates nothing.
func (c classes) accept(class []byte) bool {
	for _, one := range c {
		namespace, isPattern := strings.CutSuffix(one, "*")
		if one == string(class) || isPattern && hasPrefix(class, namespace) {
			return true
		}
	}
	return len(c) == 0
}

func hasPrefix(class []byte, namespace string) bool {
	return len(class) >= len(namespace) && bytes.Equal(class[:len(namespace)], []byte(namespace))
}
