// Package secret has a type for passwords that prints as stars.
package secret

import "fmt"

// Secret is a password. Every way of printing it gives stars.
type Secret string

// Format prints stars for every verb; an empty secret prints as nothing.
func (s Secret) Format(f fmt.State, _ rune) {
	if s != "" {
		fmt.Fprint(f, "***")
	}
}

// MarshalText keeps the secret out of JSON and of log handlers.
func (s Secret) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(s)), nil }
