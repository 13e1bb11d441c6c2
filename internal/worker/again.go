package worker

import (
	"envelog/internal/config"
	"envelog/internal/failure"
)

// Again returns the commands that bring messages back, from a failure transport or from .rejected.
func Again(said config.Invocation, failureTransport string) failure.Again {
	return failure.Again{
		Parked: said.Command("messenger:failed:retry", "--all", "--transport="+failureTransport),
		Kept:   said.Command("rejected:retry", "--all"),
		KeptAs: func(name string) string { return said.Command("rejected:retry", name) },
	}
}
